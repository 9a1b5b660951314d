"""Words for the roles."""

from flask_babel import lazy_gettext as _l

from market.accounts.rules import Role

ROLES = {
    Role.PRODUCER: _l("Producer"),
    Role.RECEIVER: _l("Receiver"),
    Role.PARK_MANAGER: _l("Park manager"),
    Role.STAFF: _l("Staff"),
}
