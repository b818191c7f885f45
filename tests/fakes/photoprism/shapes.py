"""How the server writes photos, files, markers, labels and albums in JSON: rows of a search, and whole entities."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, TypeAlias

from fakes.photoprism.records import Album, File, Label, Marker, Photo, User
from fakes.photoprism.state import State

Json: TypeAlias = dict[str, Any]
_NEVER = "0001-01-01T00:00:00Z"
"""How Go writes a time that is not set."""


def at(time: datetime | None) -> str:
    """Write a time, in whole seconds as the database has it."""
    return f"{time:%Y-%m-%dT%H:%M:%SZ}" if time else _NEVER


def row_text(state: State, photo: Photo, file: File, merged: tuple[File, ...] = ()) -> str:
    """Return JSON of a row of a search: of one file, or of a photo with the files that came one after another."""
    kept = f"{file.uid} {len(merged)}"
    text = photo.shown.get(kept)
    if text is None:
        text = photo.shown[kept] = json.dumps(_row(photo, file, merged), ensure_ascii=False, separators=(",", ":"))
    return text


def _row(photo: Photo, file: File, merged: tuple[File, ...]) -> Json:
    """Return a row; labels, albums and markers are in none."""
    shape = {"ID": f"{photo.id}-{file.id}"} | _basics(photo) | _place(photo)
    shape |= {
        "CameraMake": photo.camera_make,
        "CameraModel": photo.camera_model,
        "PlaceLabel": f"{photo.city}, {photo.state}",
        "PlaceCity": photo.city,
        "PlaceState": photo.state,
        "PlaceCountry": photo.country,
        "InstanceID": "",
        "FileUID": file.uid,
        "FileRoot": file.root,
        "FileName": file.name,
        "Hash": file.hash,
        "Width": file.width,
        "Height": file.height,
        "Portrait": file.height > file.width,
        "Merged": len(merged) > 1,
        "EditedAt": at(photo.edited),
        "CheckedAt": _NEVER,
    }
    # `Markers` is there and always empty: maintainers keep searches free of them (#4618).
    shape["Files"] = [file_shape(f) | {"Markers": []} for f in merged] or None
    return shape


def _basics(photo: Photo) -> Json:
    shape: Json = {
        "UID": photo.uid,
        "Type": photo.type,
        "TypeSrc": "",
        "TakenAt": at(photo.taken),
        "TakenAtLocal": at(photo.local),
        "TakenSrc": "meta",
        "TimeZone": photo.time_zone,
        "Path": photo.name.rpartition("/")[0],
        "Name": photo.name.rpartition("/")[2],
        "OriginalName": "",
        "Title": photo.title,
        "Caption": photo.caption,
        "Year": photo.local.year,
        "Month": photo.local.month,
        "Day": photo.local.day,
        "Country": photo.country,
        "Stack": photo.stack,
        "Favorite": photo.favorite,
        "Private": photo.private,
        "Iso": 100,
        "FocalLength": 35,
        "FNumber": 2.8,
        "Exposure": "1/60",
        "Quality": photo.quality,
        "Resolution": 0,
        "Color": 8,
        "Scan": False,
        "Panorama": False,
        "CameraID": 1,
        "LensID": 1,
        "CreatedAt": at(photo.created),
        "UpdatedAt": at(photo.updated),
    }
    shape |= {"Faces": photo.faces} if photo.faces else {}
    shape |= {"Duration": photo.duration_ns} if photo.duration_ns else {}
    return shape | ({"DeletedAt": at(photo.deleted)} if photo.deleted else {})


def _place(photo: Photo) -> Json:
    """Return where a photo was taken; 0, 0 is nowhere, and a neighbour's place is marked as an estimate."""
    has_place = bool(photo.lat or photo.lng)
    cell = f"s2:{photo.lat:.2f}{photo.lng:.2f}" if has_place else "zz"
    shape = {"Lat": photo.lat, "Lng": photo.lng, "PlaceSrc": photo.place_src, "CellID": cell}
    return shape | {"PlaceID": f"{photo.country}:{photo.city}", "Altitude": photo.altitude, "CellAccuracy": 0}


def file_shape(file: File) -> Json:
    """Return a file without its markers."""
    shape: Json = {
        "UID": file.uid,
        "PhotoUID": file.photo,
        "Name": file.name,
        "Root": file.root,
        "Hash": file.hash,
        "Size": 100_000,
        "Primary": file.primary,
        "MediaType": file.media,
        "FileType": file.type,
        "Mime": "video/mp4" if file.media == "video" else f"image/{file.type.replace('jpg', 'jpeg')}",
        "Width": file.width,
        "Height": file.height,
        "Orientation": file.orientation,
        "AspectRatio": round(file.width / file.height, 2) if file.height else 0,
        "Colors": "225221C1E",
        "Diff": 800,
        "Chroma": 15,
    }
    shape |= {"Video": True, "Duration": file.duration_ns} if file.media == "video" else {}
    shape |= {"Sidecar": True} if file.is_sidecar else {}
    shape |= {"Missing": True} if file.missing else {}
    return shape | ({"Error": file.error} if file.error else {})


def whole_file(state: State, file: File) -> Json:
    """Return a file with its markers."""
    return file_shape(file) | {"Markers": [marker(state, state.markers[m]) for m in file.markers]}


def whole_photo(state: State, photo: Photo) -> Json:
    """Return the full entity of a photo: with labels (blocked ones too), albums, and files with markers."""
    shape = {"ID": photo.id} | _basics(photo) | _place(photo)
    shape |= {"TitleSrc": photo.title_src, "CaptionSrc": photo.caption_src}
    shape["Details"] = {"PhotoID": photo.id, "Keywords": photo.keywords, "KeywordsSrc": ""} | _no_details()
    shape["Camera"] = {"ID": 1, "Name": photo.camera_model, "Make": photo.camera_make, "Model": photo.camera_model}
    shape["Lens"] = {"ID": 1, "Name": "Unknown", "Make": "", "Model": "Unknown"}
    place = {"PlaceID": shape["PlaceID"], "City": photo.city, "State": photo.state, "Country": photo.country}
    shape |= {"Place": place, "Cell": {"ID": shape["CellID"], "Name": "", "Category": "", "Place": place}}
    shape["Albums"] = [album(a) for a in sorted(state.albums_of(photo.uid), key=lambda a: (a.created, a.uid))]
    shape["Files"] = [whole_file(state, state.files[f]) for f in photo.files]
    shape["Labels"] = labels_of(state, photo)
    return shape | ({"EditedAt": at(photo.edited)} if photo.edited else {})


def _no_details() -> Json:
    names = ("Notes", "Subject", "Artist", "Copyright", "License", "Software")
    return dict.fromkeys([*names, *(f"{name}Src" for name in names)], "")


def labels_of(state: State, photo: Photo) -> list[Json]:
    """Return a photo's rows of labels, the surest first."""
    rows = sorted(photo.labels.values(), key=lambda row: (row.uncertainty, -row.label))
    return [
        {
            "PhotoID": photo.id,
            "LabelID": row.label,
            "LabelSrc": row.src,
            "Uncertainty": row.uncertainty,
            "Topicality": row.topicality,
            "Label": label(state, state.labels[row.label]),
        }
        for row in rows
    ]


def label(state: State, found: Label) -> Json:
    """Return a label as the entity has it; how many photos it has is only counted for lists."""
    return {
        "ID": found.id,
        "UID": found.uid,
        "Slug": found.slug,
        "CustomSlug": found.custom_slug,
        "Name": found.name,
        "Priority": found.priority,
        "Favorite": found.favorite,
        "Description": found.description,
        "Notes": found.notes,
        "PhotoCount": len(state.labelled.get(found.id, ())),
        "Thumb": found.thumb,
        "ThumbSrc": found.thumb_src,
        "CreatedAt": at(found.created),
        "UpdatedAt": at(found.updated),
    }


def album(found: Album) -> Json:
    """Return an album as the entity has it; only lists say how many photos it shows."""
    shape: Json = {
        "UID": found.uid,
        "ParentUID": "",
        "Slug": found.slug,
        "Path": "",
        "Type": found.type,
        "Title": found.title,
        "Location": found.location,
        "Category": found.category,
        "Caption": found.caption,
        "Description": found.description,
        "Notes": found.notes,
        "Filter": found.filter,
        "Order": found.order,
        "Template": "",
        "State": "",
        "Country": found.country,
        "Year": found.year,
        "Month": found.month,
        "Day": found.day,
        "Favorite": found.favorite,
        "Private": found.private,
        "Thumb": found.thumb,
        "ThumbSrc": found.thumb_src,
        "CreatedAt": at(found.created),
        "UpdatedAt": at(found.updated),
    }
    return shape | ({"DeletedAt": at(found.deleted)} if found.deleted else {})


def marker(state: State, found: Marker) -> Json:
    """Return a marker; its name is that of its subject where it has one."""
    subject = state.subjects.get(found.subject)
    return {
        "UID": found.uid,
        "FileUID": found.file,
        "Type": found.type,
        "Src": found.src,
        "Name": subject.name if subject else found.name,
        "Review": found.review,
        "Invalid": found.invalid,
        "FaceID": found.face,
        "FaceDist": found.face_distance,
        "SubjUID": found.subject,
        "SubjSrc": found.subject_src,
        "X": found.x,
        "Y": found.y,
        "W": found.w,
        "H": found.h,
        "Q": found.q,
        "Size": found.size,
        "Score": found.score,
        "Thumb": found.thumb,
        "CreatedAt": at(found.created),
    }


def user(found: User) -> Json:
    """Return a user as a session shows them."""
    return {
        "UID": found.uid,
        "Name": found.name,
        "DisplayName": found.name.title(),
        "Email": "",
        "Role": found.role,
        "SuperAdmin": found.role == "admin" and found.name == "admin",
        "CanLogin": True,
    }
