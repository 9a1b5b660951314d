"""The request's database session; everything below the views is handed a plain ``Session``."""

from flask import Flask
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy.orm import Session

from market.db import prepare_engine

db = SQLAlchemy(session_options={"expire_on_commit": False})


def init_app(app: Flask) -> None:
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)


def session() -> Session:
    current: Session = db.session
    return current
