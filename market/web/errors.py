"""Error pages: what went wrong, in words, and what to do next."""

import structlog
from flask import Flask, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from market.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from market.web.messages import words_for

STATUS = {NotFoundError: 404, ForbiddenError: 403, ConflictError: 409}
log = structlog.get_logger()


def _page(status: int, message: str = "") -> tuple[str, int]:
    return render_template("errors/error.html", status=status, message=message), status


def domain_error(error: DomainError) -> tuple[str, int]:
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 409)
    return _page(status, words_for(error))


def http_error(error: HTTPException) -> tuple[str, int]:
    return _page(error.code or 500)


def only_sent(error: MethodNotAllowed) -> ResponseReturnValue:
    """Lead whoever reads an address that a form is sent to, to the page it stands below."""
    adapter = current_app.create_url_adapter(request)
    path = request.path.rsplit("/", 1)[0]
    while request.method == "GET" and adapter is not None and path:
        if adapter.test(path, method="GET"):
            return redirect(request.root_path + path, 303)
        path = path.rsplit("/", 1)[0]
    return http_error(error)


def stale_row(_error: StaleDataError) -> tuple[str, int]:
    return domain_error(ConflictError("changed_meanwhile"))


def csrf_error(_error: CSRFError) -> tuple[str, int]:
    return _page(400)


def unexpected(error: Exception) -> tuple[str, int]:
    log.error("unexpected", exc_info=error)
    return _page(500)


def init_app(app: Flask) -> None:
    app.register_error_handler(DomainError, domain_error)
    app.register_error_handler(StaleDataError, stale_row)
    app.register_error_handler(CSRFError, csrf_error)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(MethodNotAllowed, only_sent)
    if not app.testing:
        app.register_error_handler(Exception, unexpected)
