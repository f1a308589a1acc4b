"""The phones on the cable as cards: name, state, and what stands in the way of using one."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QColor, QContextMenuEvent, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.gui import icons
from studio.gui.theme import current_theme
from studio.gui.widgets.elided_label import ElidedLabel
from studio.gui.widgets.icon_label import IconLabel
from studio.targets.phone.listing import Phone


def state_words(phone: Phone) -> tuple[str, str]:
    """A phone's state in a few words, and the theme's colour for it."""
    if phone.trouble is not None:
        return phone.trouble.code.replace("-", " ").capitalize(), "warn"
    if phone.details is None:
        return "Asking what it is…", "muted"
    words = f"Android {phone.details.android}" if phone.details.android else "Ready"
    if phone.details.is_lab:
        words += " · emulated"
    return f"{words} · ready", "good"


class PhoneCard(QAbstractButton):
    """One phone; checked when it is the one that is deployed to.

    Args:
        phone: what it shows.
        note: such as that it is being cleaned; empty for the phone's own state.
    """

    clean_requested = Signal(object)  # Phone

    def __init__(self, phone: Phone, note: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.phone = phone
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        words, tone = state_words(phone)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 7, 6, 8)
        column.setSpacing(3)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(
            IconLabel(icons.icon("phone", "accent" if not phone.trouble else "warn"), 18)
        )
        name = ElidedLabel(phone.model or phone.serial)
        bold = QFont(name.font())
        bold.setWeight(QFont.Weight.DemiBold)
        name.setFont(bold)
        name.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        head.addWidget(name, 1)
        self.more = QToolButton()
        self.more.setIcon(icons.icon("more", "muted"))
        self.more.setToolTip("What else can be done with this phone")
        self.more.setAccessibleName(f"More for {phone.name}")
        self.more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.more.clicked.connect(
            lambda: self._show_menu(self.more.mapToGlobal(QPoint(0, self.more.height())))
        )
        head.addWidget(self.more)
        column.addLayout(head)
        self.state = self._line(note or words, "muted" if note else tone)
        column.addWidget(self.state)
        self.trouble = ""
        if phone.trouble is not None:
            message = phone.trouble.message
            self.trouble = f"{message[:1].upper()}{message[1:]}. {phone.trouble.remedy}"
            column.addWidget(self._line(self.trouble, "muted"))
        self.setToolTip(f"Serial {phone.serial}")
        self.setAccessibleName(phone.name)
        self.setAccessibleDescription(f"{self.state.text()} {self.trouble}")

    def _line(self, words: str, role: str) -> QLabel:
        label = QLabel(words)
        label.setProperty("role", role)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        return label

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What else can be done with this phone."""
        self._show_menu(event.globalPos())

    def _show_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        clean = QAction(icons.icon("trash"), "Clean phone…", menu)
        clean.setEnabled(self.phone.trouble is None or self.phone.trouble.code == "no-space")
        clean.triggered.connect(lambda: self.clean_requested.emit(self.phone))
        menu.addAction(clean)
        menu.popup(at)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A card that shows whether it is chosen, pointed at, or has the keys."""
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = theme.selection if self.isChecked() else theme.raised
        if self.underMouse() and not self.isChecked():
            ground = theme.hover
        has_line = self.hasFocus() or self.isChecked()
        painter.setPen(QColor(theme.accent if has_line else theme.border))
        painter.setBrush(QColor(ground))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 7, 7)
        painter.end()


class PhoneCards(QWidget):
    """All phones, one below the other; the one that can be used is chosen by itself."""

    chosen_changed = Signal()
    clean_requested = Signal(object)  # Phone

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chosen = ""
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self._on_clicked)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._cards: list[PhoneCard] = []

    @property
    def cards(self) -> list[PhoneCard]:
        """As shown, top to bottom."""
        return self._cards

    @property
    def chosen(self) -> Phone | None:
        """The phone that is deployed to."""
        return next((card.phone for card in self._cards if card.phone.serial == self._chosen), None)

    def choose(self, serial: str) -> None:
        """Make a phone the one that is deployed to."""
        self._chosen = serial
        for card in self._cards:
            card.setChecked(card.phone.serial == serial)
        self.chosen_changed.emit()

    def show_phones(self, phones: tuple[Phone, ...], notes: dict[str, str]) -> None:
        """Show what is there now.

        Args:
            phones: in their order.
            notes: by serial, instead of the phone's own state.
        """
        for card in self._cards:
            self._group.removeButton(card)
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._cards = [PhoneCard(phone, notes.get(phone.serial, "")) for phone in phones]
        for number, card in enumerate(self._cards):
            self._group.addButton(card, number)
            self._column.addWidget(card)
            card.clean_requested.connect(self.clean_requested)
        usable = [phone.serial for phone in phones if phone.trouble is None]
        present = [phone.serial for phone in phones]
        # A phone that was chosen and went away is chosen again when it is back: only its place
        # is given to another one that can be used.
        if self._chosen not in present:
            self._chosen = (usable or present or [self._chosen])[0]
        elif self._chosen not in usable and usable:
            self._chosen = usable[0]
        self.choose(self._chosen)

    def _on_clicked(self, number: int) -> None:
        self.choose(self._cards[number].phone.serial)
