"""The entries of the YAML files, checked one by one, made into nodes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from segkit.errors import Label, Place, Problem
from segkit.files.file_kinds import SUFFIXES
from segkit.project.assemble import Declared, Words
from segkit.project.buckets.bucket_set import build_buckets, build_column
from segkit.project.nodes import DuckDBSource, Source
from segkit.project.project_files import check_inside
from segkit.project.schema.buckets import BucketColumnSpec, BucketSetSpec
from segkit.project.schema.column_words import ModelSpec, SeedSpec
from segkit.project.schema.documents import ResourceFile
from segkit.project.schema.segments import SegmentationSpec
from segkit.project.segmentation import build_segmentation
from segkit.project.sources.foreign_relations import refusal, split_name
from segkit.project.sql_files import ModelFile
from segkit.project.yaml.marks import Document, KeyPath
from segkit.project.yaml.near_names import did_you_mean_text
from segkit.project.yaml.validate import validate

Spec = TypeVar("Spec", bound=BaseModel)
_ENTRIES: dict[str, type[BaseModel]] = {
    "buckets": BucketSetSpec,
    "segments": SegmentationSpec,
    "models": ModelSpec,
    "seeds": SeedSpec,
}


def read_resources(declared: Declared, models: Sequence[ModelFile]) -> list[Problem]:
    """Fill ``declared`` from its documents; return what is wrong with them."""
    reader = _Reader(declared, models)
    for document in declared.documents:
        reader.check_keys(document)
    reader.read()
    return reader.problems


class _Reader:
    def __init__(self, declared: Declared, models: Sequence[ModelFile]) -> None:
        self.declared = declared
        self.models = models
        self.problems: list[Problem] = []
        self.files: dict[Path, Source] = {
            source.path: source for source in declared.sources if source.path is not None
        }

    def check_keys(self, document: Document) -> None:
        """The keys at the top of a file; segkit.yml has more, and is checked with its settings."""
        if document.data is None:
            document.data = {}
        if document.path == "segkit.yml":
            return
        data = document.data
        if isinstance(data, dict):
            data = {
                key: [] if key in _ENTRIES and isinstance(value, list) else value
                for key, value in data.items()
            }
        self.problems += validate(ResourceFile, data, document)[1]

    def read(self) -> None:
        entries = [*self._entries()]
        nodes = {
            n
            for key in ("buckets", "segments")
            for _, data, _, k in entries
            if k == key and isinstance(data, dict) and isinstance(n := data.get("name"), str)
        }
        # a bucket set with a mistake in it is still something that others may name
        self.declared.unknowable |= nodes
        self.known = {
            *(m.name for m in self.models),
            *(s.name for s in self.declared.sources),
            *(s.name for s in self.declared.seeds),
            *nodes,
        }
        for document, data, path, key in entries:
            if key == "buckets":
                self._bucket_set(document, data, path)
            elif key == "segments":
                self._segmentation(document, data, path)
        for document, data, path, key in entries:
            if key in ("models", "seeds"):
                self._words(document, data, path, key)

    def _entries(self) -> Iterator[tuple[Document, Any, KeyPath, str]]:
        for document in self.declared.documents:
            if not isinstance(document.data, dict):
                continue
            for key in _ENTRIES:
                values = document.data.get(key)
                for i, value in enumerate(values if isinstance(values, list) else ()):
                    yield document, value, (key, i), key

    def _validated(
        self, spec: type[Spec], data: Any, document: Document, path: KeyPath
    ) -> Spec | None:
        value, found = validate(spec, data, document, path)
        self.problems += found
        return value

    def _bucket_set(self, document: Document, data: Any, path: KeyPath) -> None:
        spec = self._validated(BucketSetSpec, data, document, path)
        if spec is None:
            self._columns_of_broken_set(document, data, path)
            return
        relation = self._relation(spec.from_, document, (*path, "from"))
        node, found = build_buckets(spec, document, path, relation)
        self.problems += found
        self.declared.bucket_sets.append(node)

    def _columns_of_broken_set(self, document: Document, data: Any, path: KeyPath) -> None:
        """A mistake in one column does not hide those in the others."""
        columns = data.get("columns") if isinstance(data, dict) else None
        for i, column in enumerate(columns if isinstance(columns, list) else ()):
            at = (*path, "columns", i)
            spec, _ = validate(BucketColumnSpec, column, document, at)
            if spec is not None:
                missing = data.get("missing")
                missing = missing if isinstance(missing, str) else "Unknown"
                self.problems += build_column(spec, missing, document, at, None)[1]

    def _segmentation(self, document: Document, data: Any, path: KeyPath) -> None:
        spec = self._validated(SegmentationSpec, data, document, path)
        if spec is None:
            return
        relation = self._relation(spec.from_, document, (*path, "from"))
        node, found = build_segmentation(spec, document, path, relation)
        self.problems += found
        self.declared.segmentations.append(node)

    def _relation(self, written: str, document: Document, path: KeyPath) -> str | None:
        """The node that ``from`` names; a file of the project becomes a source."""
        place = document.place(path)
        if written in self.known or self._is_broken(written):
            return written
        found = split_name(written, self.declared.duckdb_sources)
        if found is not None:
            return self._table(written, *found, place)
        if Path(written).suffix.lower() in SUFFIXES:
            return self._file(written, place)
        if not {path, path[:-1]} & document.trapped:
            message = f"nothing is called `{document.written(path)}`"
            label = Label(place, did_you_mean_text(written, self.known))
            hint = (
                "`from` names a model, a seed, a source (crm.customers) or a file "
                "(data/customers.csv)"
            )
            self.problems.append(Problem("SK101", message, (label,), hint))
        return None

    def _table(self, written: str, source: DuckDBSource, table: str, place: Place) -> str | None:
        why = refusal(source, table)
        if why is not None:
            self.problems.append(why.at(place))
            return None
        self.declared.reads.setdefault(written, place)
        return written

    def _is_broken(self, name: str) -> bool:
        """True for a name whose declaration has a mistake, ``source.table`` included."""
        unknowable = self.declared.unknowable
        return name in unknowable or ("." in name and unknowable.issuperset(name.split(".")))

    def _file(self, written: str, place: Place) -> str | None:
        path, found = check_inside(written, self.declared.directory, place, may_lead_out=False)
        self.problems += found
        if found:
            return None
        seed = next((seed.name for seed in self.declared.seeds if seed.path == path), None)
        if seed is not None:
            return seed
        if path not in self.files and not path.is_file() and path.stem in self.known:
            # two things of one name would be said, and there is only one
            label = Label(place, f"did you mean `{path.stem}`?")
            hint = "a path starts at the folder of segkit.yml"
            self.problems.append(Problem("SK106", f"there is no file {written}", (label,), hint))
            return None
        if path not in self.files:
            source = Source(path.stem, None, path.stem, place, path=path)
            self.files[path] = source
            self.declared.sources.append(source)
        return self.files[path].name

    def _words(self, document: Document, data: Any, path: KeyPath, key: str) -> None:
        spec = self._validated(SeedSpec if key == "seeds" else ModelSpec, data, document, path)
        if spec is None:
            return
        known = (
            {seed.name for seed in self.declared.seeds}
            if key == "seeds"
            else {name for name in self.known if "." not in name}
        )
        place = document.place((*path, "name"))
        earlier = self.declared.words.get(spec.name)
        if earlier is not None:
            first = earlier.document.place((*earlier.path, "name"))
            message = f"`{spec.name}` is described twice"
            labels = (Label(first, "first here"), Label(place, "and again here"))
            self.problems.append(Problem("SK102", message, labels, "put the two together"))
        elif spec.name in known:
            self.declared.words[spec.name] = Words(spec, document, path)
            if isinstance(spec, SeedSpec):
                seeds = self.declared.seeds
                at = next(n for n, seed in enumerate(seeds) if seed.name == spec.name)
                seeds[at] = dataclasses.replace(seeds[at], options=spec.options)
        elif spec.name not in self.declared.unknowable:
            what = "seed" if key == "seeds" else "model"
            where = "warehouse/seeds" if key == "seeds" else "sql"
            message = f"there is no {what} `{spec.name}`"
            label = Label(place, did_you_mean_text(spec.name, known))
            hint = f"its name is its file's, in {where}, without the ending"
            self.problems.append(Problem("SK101", message, (label,), hint))
