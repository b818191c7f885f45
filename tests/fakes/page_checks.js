// What is wrong with a page for people who use it in another way than by a mouse on a large screen: a list of findings.
() => {
  const found = [];
  const said = (element) => element.outerHTML.replace(/\s+/g, " ").slice(0, 140);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const visible = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
  const find = (what, elements) => { for (const element of elements) found.push(`${what}: ${said(element)}`); };

  const root = document.documentElement;
  if (!/^[a-z]{2,3}\b/.test(root.lang)) found.push(`no lang: ${root.lang}`);
  if (!document.title.trim()) found.push("no title");
  if (root.scrollWidth > root.clientWidth) found.push(`${root.scrollWidth} px wide on a screen of ${root.clientWidth}`);
  if (all("main").length !== 1) found.push("not one main");

  find("no alt", all("img:not([alt])"));
  const named = (element) => (element.getAttribute("aria-label") || [...(element.labels || [])].map((label) => label.textContent).join("")
    || element.textContent + [...element.querySelectorAll("img[alt]")].map((image) => image.alt).join("")).trim();
  find("no label", all("input:not([type=hidden]), select, textarea").filter((e) => !(e.getAttribute("aria-label") || e.labels.length)));
  find("no name", all("button, a[href], summary").filter((e) => !e.closest("[aria-hidden=true]") && !named(e)));
  find("hidden but in the order of Tab", all("[aria-hidden=true]").flatMap((e) => [e, ...e.querySelectorAll("*")]).filter((e) => e.tabIndex >= 0));
  find("a list of something else", all("ul > :not(li), ol > :not(li)"));
  find("no list around it", all("li").filter((e) => !e.parentElement.matches("ul, ol")));
  const ids = all("[id]").map((element) => element.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) found.push(`id twice: ${id}`);

  let level = 0;
  for (const heading of all("h1, h2, h3, h4, h5, h6")) {
    const now = Number(heading.tagName[1]);
    if (now > level + 1) found.push(`h${now} below h${level}: ${said(heading)}`);
    level = now;
  }
  if (all("h1").length !== 1) found.push(`${all("h1").length} h1`);

  // Contrast by WCAG 2: of the colour that a text has once it is mixed with what is behind it, in sRGB.
  const colour = (text) => {
    const numbers = (text.match(/[\d.]+/g) || []).map(Number);
    const scale = text.startsWith("color(") ? 255 : 1;
    return numbers.length < 3 ? null : { rgb: numbers.slice(0, 3).map((n) => n * scale), alpha: numbers[3] ?? 1 };
  };
  const mixed = (over, under, alpha) => over.map((n, at) => n * alpha + under[at] * (1 - alpha));
  const light = (rgb) => rgb.map((n) => n / 255).map((n) => (n <= 0.04045 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4))
    .reduce((sum, n, at) => sum + n * [0.2126, 0.7152, 0.0722][at], 0);
  const once = (made, known = new Map()) => (element) => {
    if (!known.has(element)) known.set(element, made(element));
    return known.get(element);
  };
  const behind = once((element) => {
    if (!element) return [255, 255, 255];
    const { rgb, alpha } = colour(getComputedStyle(element).backgroundColor);
    return alpha === 1 ? rgb : mixed(rgb, behind(element.parentElement), alpha);
  });
  const opacity = once((element) => (element ? Number(getComputedStyle(element).opacity) * opacity(element.parentElement) : 1));
  const contrast = (element, text) => {
    const under = behind(element), { rgb, alpha } = colour(text);
    const both = [light(mixed(rgb, under, alpha * opacity(element))), light(under)].sort((one, other) => other - one);
    return (both[0] + 0.05) / (both[1] + 0.05);
  };
  const weak = (element, text) => visible(element) && !element.closest("[disabled], .hero:not(.bare), .shot, datalist, svg") && contrast(element, text) < 4.5;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const owners = new Set();
  while (texts.nextNode()) if (texts.currentNode.data.trim()) owners.add(texts.currentNode.parentElement);
  find("little contrast", [...owners].filter((element) => weak(element, getComputedStyle(element).color)));
  find("little contrast", all("input[placeholder]").filter((element) => weak(element, getComputedStyle(element, "::placeholder").color)));
  return [...new Set(found)];
}
