"""The entries of the YAML files, checked one by one, made into nodes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from segkit.errors import Label
from segkit.files.file_kinds import SUFFIXES
from segkit.project.assemble import Declared, Words
from segkit.project.buckets.bucket_set import build_buckets, build_column
from segkit.project.declared_experiment import build_experiment
from segkit.project.nodes import Source
from segkit.project.project_files import check_inside
from segkit.project.schema.buckets import BucketColumnSpec, BucketSetSpec
from segkit.project.schema.column_words import ModelSpec, SeedSpec
from segkit.project.schema.documents import ResourceFile
from segkit.project.schema.experiments import ExperimentSpec
from segkit.project.schema.segments import SegmentationSpec
from segkit.project.segmentation import build_segmentation
from segkit.project.sources.foreign_relations import note_read, split_name
from segkit.project.sql_files import ModelFile
from segkit.project.yaml.marks import Entry
from segkit.project.yaml.near_names import did_you_mean_text
from segkit.project.yaml.validate import validate

_ENTRIES = ("buckets", "segments", "experiments", "models", "seeds")


def read_resources(declared: Declared, models: Sequence[ModelFile]) -> None:
    """Fill ``declared`` from its documents."""
    for root in declared.documents:
        if root.document.path != "segkit.yml":  # it has more, checked with its settings
            validate(ResourceFile, without_entries(root.value, _ENTRIES), root)
    _Reader(declared, models).read()


def without_entries(data: Any, keys: Collection[str]) -> Any:
    """The data of a file without what is in the lists: that is checked entry by entry."""
    if not isinstance(data, dict):
        return data
    return {k: [] if k in keys and isinstance(v, list) else v for k, v in data.items()}


class _Reader:
    def __init__(self, declared: Declared, models: Sequence[ModelFile]) -> None:
        self.declared = declared
        self.models = models
        self.files: dict[Path, Source] = {
            source.path: source for source in declared.sources if source.path is not None
        }

    def read(self) -> None:
        entries = [
            entry
            for root in self.declared.documents
            for key in _ENTRIES
            for entry in root.at(key).items()
        ]
        nodes = {
            name
            for entry in entries
            if entry.path[0] in ("buckets", "segments")
            and isinstance(name := entry.at("name").value, str)
        }
        # a bucket set with a mistake in it is still something that others may name
        self.declared.unknowable |= nodes
        self.known = {
            *(m.name for m in self.models),
            *(s.name for s in self.declared.sources),
            *(s.name for s in self.declared.seeds),
            *nodes,
        }
        for entry in entries:
            if entry.path[0] == "buckets":
                self._bucket_set(entry)
            elif entry.path[0] == "segments":
                self._segmentation(entry)
        self._experiments(entries)
        for entry in entries:
            if entry.path[0] in ("models", "seeds"):
                self._words(entry)

    def _bucket_set(self, entry: Entry) -> None:
        spec = validate(BucketSetSpec, entry.value, entry)
        if spec is None:
            self._columns_of_broken_set(entry)
            return
        relation = self._relation(spec.from_, entry.at("from"))
        self.declared.bucket_sets.append(build_buckets(spec, entry, relation))

    def _columns_of_broken_set(self, entry: Entry) -> None:
        """A mistake in one column does not hide those in the others."""
        missing = entry.at("missing").value
        for column in entry.at("columns").items():
            said = replace(column, problems=[])  # with those of the whole set
            spec = validate(BucketColumnSpec, column.value, said)
            if spec is not None:
                build_column(spec, missing if isinstance(missing, str) else "Unknown", column, None)

    def _segmentation(self, entry: Entry) -> None:
        spec = validate(SegmentationSpec, entry.value, entry)
        if spec is not None:
            relation = self._relation(spec.from_, entry.at("from"))
            self.declared.segmentations.append(build_segmentation(spec, entry, relation))

    def _experiments(self, entries: Sequence[Entry]) -> None:
        segmentations = {node.name: node for node in self.declared.segmentations}
        for entry in entries:
            if entry.path[0] != "experiments":
                continue
            spec = validate(ExperimentSpec, entry.value, entry)
            if spec is not None:
                node = build_experiment(spec, entry, self._relation, segmentations)
                self.declared.experiments.append(node)

    def _relation(self, written: str, entry: Entry) -> str | None:
        """The node that ``from`` names; a file of the project becomes a source."""
        if written in self.known or self._is_broken(written):
            return written
        found = split_name(written, self.declared.duckdb_sources)
        if found is not None:
            return note_read(*found, entry, self.declared.reads)
        if Path(written).suffix.lower() in SUFFIXES:
            return self._file(written, entry)
        if not {entry.path, entry.path[:-1]} & entry.document.trapped:
            label = Label(entry.place(), did_you_mean_text(written, self.known))
            hint = (
                "`from` names a model, a seed, a source (crm.customers) or a file "
                "(data/customers.csv)"
            )
            entry.report("SK101", f"nothing is called `{entry.written()}`", label, help=hint)
        return None

    def _is_broken(self, name: str) -> bool:
        """True for a name whose declaration has a mistake, ``source.table`` included."""
        unknowable = self.declared.unknowable
        return name in unknowable or ("." in name and unknowable.issuperset(name.split(".")))

    def _file(self, written: str, entry: Entry) -> str | None:
        place = entry.place()
        path, found = check_inside(written, self.declared.directory, place, may_lead_out=False)
        entry.problems.extend(found)
        if found:
            return None
        seed = next((seed.name for seed in self.declared.seeds if seed.path == path), None)
        if seed is not None:
            return seed
        if path not in self.files and not path.is_file() and path.stem in self.known:
            # two things of one name would be said, and there is only one
            label = Label(place, f"did you mean `{path.stem}`?")
            hint = "a path starts at the folder of segkit.yml"
            entry.report("SK106", f"there is no file {written}", label, help=hint)
            return None
        if path not in self.files:
            source = Source(path.stem, None, path.stem, place, path=path)
            self.files[path] = source
            self.declared.sources.append(source)
        return self.files[path].name

    def _words(self, entry: Entry) -> None:
        kind: type[ModelSpec] = ModelSpec
        what, folder = "model", "sql"
        known = {name for name in self.known if "." not in name}
        if entry.path[0] == "seeds":
            kind, what, folder = SeedSpec, "seed", "warehouse/seeds"
            known = {seed.name for seed in self.declared.seeds}
        spec = validate(kind, entry.value, entry)
        if spec is None:
            return
        place = entry.place("name")
        earlier = self.declared.words.get(spec.name)
        if earlier is not None:
            first = Label(earlier.entry.place("name"), "first here")
            message = f"`{spec.name}` is described twice"
            again = Label(place, "and again here")
            entry.report("SK102", message, first, again, help="put the two together")
        elif spec.name in known:
            self.declared.words[spec.name] = Words(spec, entry)
            if isinstance(spec, SeedSpec):
                seeds = self.declared.seeds
                at = next(n for n, seed in enumerate(seeds) if seed.name == spec.name)
                seeds[at] = replace(seeds[at], options=spec.options)
        elif spec.name not in self.declared.unknowable:
            label = Label(place, did_you_mean_text(spec.name, known))
            hint = f"its name is its file's, in {folder}, without the ending"
            entry.report("SK101", f"there is no {what} `{spec.name}`", label, help=hint)
