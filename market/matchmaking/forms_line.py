"""What a works says of its line. The forms are GET forms: nothing of it is stored."""

from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice, SelectField
from wtforms.validators import ValidationError

from market.matchmaking.forms_questions import MOST_TONNES, AskedForm, number_field, select_field


class RefundForm(AskedForm):
    row = select_field(_l("Row of the catalogue"))
    clinker = SelectField(
        _l("Clinker"),
        choices=[
            SelectChoice("own", _l("Own kiln: raw meal and mill count together")),
            SelectChoice("bought", _l("Bought: the mill alone counts")),
        ],
        default="own",
    )
    total_t = number_field(_l("All raw material of the line"), 1, MOST_TONNES)
    counted_t = number_field(_l("Of it waste that counts"), 0, MOST_TONNES)

    def validate_counted_t(self, field: object) -> None:
        """Refuse a part above the whole."""
        del field
        total, counted = self.total_t.data, self.counted_t.data
        if total is not None and counted is not None and counted > total:
            raise ValidationError(_l("This is more than all raw material of the line."))
