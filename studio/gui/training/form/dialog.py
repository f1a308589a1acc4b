"""Set up a training: preset, settings, what they cost, what is wrong with them, start."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.errors import SpecError, StudioError
from studio.gui.icons import icon
from studio.gui.training.form.draft import Problem, SpecDraft, words_of
from studio.gui.training.form.fields import Field, fields_by_key, group_of, groups
from studio.gui.training.form.page import GroupPage
from studio.gui.training.form.prediction import Prediction
from studio.gui.training.form.probe import Findings, Probe, places_of
from studio.training.presets import Preset, list_presets
from studio.training.spec import TrainSpec
from studio.training.spec_file import read_spec_file, write_spec

_TOML = "Training settings (*.toml)"
_FIRST_PRESET = "balanced"
_GROUP_PIXELS = 30


class NewTrainingDialog(QDialog):
    """The form. Its pages are built when they are first looked at.

    Args:
        spec: to begin with; None for a preset.
        title: of the run that the spec is from; empty for none.
        dataset: proposed where the spec names none.
    """

    started = Signal(object, str)  # TrainSpec, title of the run
    dataset_asked = Signal(str, str)  # folder and list that the user wants to look at
    failed = Signal(object)  # StudioError

    def __init__(
        self,
        spec: TrainSpec | None = None,
        title: str = "",
        dataset: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("New training" if spec is None else f"Duplicate of “{title}”")
        self.resize(980, 640)
        self._dataset = dataset
        self._presets: list[Preset] = []
        presets_error = self._load_presets(spec, title)
        self._base = self._presets[0].spec
        self.draft = SpecDraft(self._base)
        self._pages: dict[str, GroupPage] = {}
        self._problems: list[Problem] = []
        self._is_titled_by_hand = False
        self.probe = Probe(self)
        self.probe.found.connect(self._on_found)
        self._build()
        first = 0
        if spec is None:
            names = [preset.name for preset in self._presets]
            first = names.index(_FIRST_PRESET) if _FIRST_PRESET in names else 0
        self.preset.setCurrentIndex(first)
        self._on_preset(first)
        self.preset.currentIndexChanged.connect(self._on_preset)
        self.groups.setCurrentRow(0)
        if presets_error is not None:
            # When whoever opened this listens.
            QTimer.singleShot(0, self, lambda: self.failed.emit(presets_error))

    def _load_presets(self, spec: TrainSpec | None, title: str) -> StudioError | None:
        if spec is not None:
            about = "The settings of that run; change what you like."
            self._presets.append(Preset("", f"As “{title}”", about, spec))
        error: StudioError | None = None
        try:
            self._presets += list_presets()
        except SpecError as found:
            error = found
        if not self._presets:
            about = "What the settings are when nobody says otherwise."
            self._presets.append(Preset("", "Defaults", about, TrainSpec(dataset="")))
        return error

    # -- assembly ------------------------------------------------------------------------------

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(8)
        layout.addLayout(self._build_head())
        self.about = _wrapped("muted")
        layout.addWidget(self.about)
        body = QHBoxLayout()
        body.setSpacing(12)
        self.groups = QListWidget()
        self.groups.setAccessibleName("Groups of settings")
        self.groups.addItems([group.title for group in groups()])
        self.groups.setFixedWidth(140)
        self.groups.setIconSize(QSize(14, 14))
        for row in range(self.groups.count()):
            self.groups.item(row).setSizeHint(QSize(0, _GROUP_PIXELS))
        self.groups.currentRowChanged.connect(self._show_group)
        self.stack = QStackedWidget()
        for _ in groups():
            self.stack.addWidget(QWidget())
        middle = QVBoxLayout()
        middle.addWidget(self.stack, 1)
        self.help = _wrapped("muted")
        self.help.setMinimumHeight(3 * self.fontMetrics().height() + 4)
        self.help.setAlignment(Qt.AlignmentFlag.AlignTop)
        middle.addWidget(self.help)
        self.prediction = Prediction()
        self.prediction.look_asked.connect(self._look_at_dataset)
        body.addWidget(self.groups)
        body.addLayout(middle, 1)
        body.addWidget(self.prediction)
        layout.addLayout(body, 1)
        layout.addLayout(self._build_foot())

    def _build_head(self) -> QHBoxLayout:
        self.preset = QComboBox()
        self.preset.addItems([preset.title for preset in self._presets])
        self.preset.setAccessibleName("Preset")
        self.preset.setMinimumWidth(170)
        label = QLabel("&Preset")
        label.setBuddy(self.preset)
        self.title = QLineEdit()
        self.title.setAccessibleName("Title of the run")
        self.title.textEdited.connect(self._on_title)
        title = QLabel("T&itle")
        title.setBuddy(self.title)
        self.reset = _button("undo", "Reset", "Bring the preset's settings back")
        self.reset.clicked.connect(lambda: self._on_preset(self.preset.currentIndex()))
        load = _button("open", "Load…", "Read the settings from a TOML file")
        load.clicked.connect(self._ask_load)
        self.save = _button("save", "Save…", "Write the settings to a TOML file")
        self.save.clicked.connect(self._ask_save)
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in (label, self.preset, self.reset, load, self.save):
            row.addWidget(widget)
        row.addSpacing(12)
        row.addWidget(title)
        row.addWidget(self.title, 1)
        return row

    def _build_foot(self) -> QHBoxLayout:
        self.trouble = _wrapped("bad")
        self.show_trouble = _button("chevron-right", "Show it", "Go to the setting")
        self.show_trouble.clicked.connect(self._go_to_problem)
        cancel = QPushButton("Cancel")
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        self.start = QPushButton("&Start training")
        self.start.setDefault(True)
        self.start.clicked.connect(self._on_start)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.trouble, 1)
        row.addWidget(self.show_trouble)
        row.addWidget(cancel)
        row.addWidget(self.start)
        return row

    def page(self, title: str) -> GroupPage:
        """The page of a group, built if need be."""
        if title not in self._pages:
            row = [group.title for group in groups()].index(title)
            page = GroupPage(groups()[row], self.draft)
            page.changed.connect(self._on_changed)
            page.explained.connect(self._explain)
            self._pages[title] = page
            old = self.stack.widget(row)
            assert old is not None
            self.stack.removeWidget(old)
            old.deleteLater()
            self.stack.insertWidget(row, page)
        return self._pages[title]

    # -- settings ------------------------------------------------------------------------------

    @property
    def problems(self) -> list[Problem]:
        """Why it cannot start yet."""
        return self._problems

    def load(self, path: Path) -> None:
        """Read the settings from a file; what cannot be read is told by `failed`."""
        try:
            file = read_spec_file(path)
        except StudioError as error:
            self.failed.emit(error)
            return
        self._take(file.spec)
        self.about.setText(file.description or f"Read from {path}.")
        if file.title:
            self.title.setText(file.title)
            self._is_titled_by_hand = True

    def save_to(self, path: Path) -> None:
        """Write the settings to a file."""
        spec = self.draft.spec()
        if spec is None:
            return
        try:
            write_spec(spec, path, title=self.title.text().strip())
        except StudioError as error:
            self.failed.emit(error)

    def _ask_load(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Load settings", "", _TOML)
        if name:
            self.load(Path(name))

    def _ask_save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Save settings", "training.toml", _TOML)
        if name:
            path = Path(name)
            self.save_to(path if path.suffix else path.with_suffix(".toml"))

    def _on_preset(self, index: int) -> None:
        preset = self._presets[max(0, index)]
        self._base = preset.spec
        self.about.setText(preset.description)
        self._take(preset.spec)

    def _take(self, spec: TrainSpec) -> None:
        """Begin anew with other settings; a preset leaves the dataset as it is."""
        dataset = spec.dataset or self.draft.words("dataset") or self._dataset
        self.draft.load(spec)
        self.draft.set_words("dataset", dataset)
        for page in self._pages.values():
            page.refresh()
        self._on_changed()

    def _on_changed(self) -> None:
        spec = self.draft.spec()
        if spec is not None:
            self.probe.ask(places_of(spec))
        if not self._is_titled_by_hand:
            self.title.setText(self._proposed_title())
        self.prediction.show_network(self.draft.section("network"))
        self._show_problems()

    def _proposed_title(self) -> str:
        network = self.draft.section("network")
        preset = self._presets[max(0, self.preset.currentIndex())].title
        if network is None:
            return preset
        height, width = network.input_size
        size = f"{height} px" if height == width else f"{height} x {width} px"
        return f"{preset}, {size}, width {network.width:g}"

    def _on_title(self, words: str) -> None:
        self._is_titled_by_hand = bool(words.strip())

    def set_dataset(self, folder: str) -> None:
        """Learn from another dataset."""
        self.draft.set_words("dataset", folder)
        self.page("Data").refresh()
        self._on_changed()

    def _look_at_dataset(self) -> None:
        self.dataset_asked.emit(self.draft.words("dataset"), self.draft.words("split"))

    # -- problems ------------------------------------------------------------------------------

    def _on_found(self, _findings: Findings) -> None:
        self._show_problems()

    def _show_problems(self) -> None:
        spec, problems = self.draft.spec(), self.draft.problems()
        findings = self.probe.findings if spec is not None else None
        if spec is not None and findings is not None:
            problems = _found_problems(spec, findings)
        self._problems = problems
        is_looking = spec is not None and findings is None
        self.trouble.setText(str(problems[0].error) if problems else "")
        if is_looking:
            self.trouble.setText("Looking at the dataset…")
        more = f" ({len(problems)} problems)" if len(problems) > 1 else ""
        self.trouble.setText(self.trouble.text() + more)
        role = "muted" if is_looking else "bad"
        if self.trouble.property("role") != role:
            self.trouble.setProperty("role", role)
            self.trouble.style().polish(self.trouble)
        self.show_trouble.setVisible(bool(problems))
        self.start.setEnabled(not problems and not is_looking)
        self.save.setEnabled(spec is not None)
        self.prediction.show_training(spec, self.probe.findings)
        base = dict(words_of(self._base))
        differing = {
            key
            for key in base
            if self.draft.words(key) != base[key] and not (key == "dataset" and not base[key])
        }
        self.reset.setEnabled(bool(differing))
        wrong = {problem.key for problem in problems}
        for page in self._pages.values():
            page.mark(differing, wrong)
        bad_groups = {problem.group for problem in problems}
        for row, group in enumerate(groups()):
            sign = icon("error", "bad") if group.title in bad_groups else QIcon()
            item = self.groups.item(row)
            item.setIcon(sign)

    def _go_to_problem(self) -> None:
        if self._problems:
            problem = self._problems[0]
            titles = [group.title for group in groups()]
            self.groups.setCurrentRow(titles.index(problem.group))
            self.page(problem.group).focus(problem.key)

    def _show_group(self, row: int) -> None:
        group = groups()[max(0, row)]
        page = self.page(group.title)
        self.stack.setCurrentWidget(page)
        self._explain(group.fields[0])
        self._show_problems()

    def _explain(self, field: Field) -> None:
        self.help.setText(f"<b>{field.label}</b>: {field.explanation}")

    def _on_start(self) -> None:
        spec = self.draft.spec()
        if spec is not None and not self._problems:
            self.started.emit(spec, self.title.text().strip() or self._proposed_title())


def _found_problems(spec: TrainSpec, findings: Findings) -> list[Problem]:
    """What the files and folders say against a training."""
    problems = [
        Problem(group_of(key), key, SpecError(error.message, remedy=error.remedy))
        for key, error in findings.errors.items()
    ]
    if findings.classes and findings.classes != spec.network.classes:
        problems.append(
            Problem(
                "Network",
                "network.classes",
                SpecError(
                    f"The dataset has {findings.classes} classes, the network"
                    f" {spec.network.classes}.",
                    remedy=f"Set {fields_by_key()['network.classes'].label.lower()} to"
                    f" {findings.classes}.",
                ),
            )
        )
    in_all = findings.images + findings.unlabelled
    if findings.images and in_all < spec.batch_size and spec.loss.repeat_rare == 1:
        problems.append(
            Problem(
                "Schedule",
                "batch_size",
                SpecError(
                    f"There are {in_all} training images, fewer than a batch of {spec.batch_size}.",
                    remedy=f"Set the batch size to {in_all} or less.",
                ),
            )
        )
    return problems


def _wrapped(role: str) -> QLabel:
    label = QLabel()
    label.setProperty("role", role)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label


def _button(icon_name: str, text: str, tip: str) -> QPushButton:
    button = QPushButton(icon(icon_name), text)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    return button
