"""Questions to a run that are worked out by a job and kept."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base


class KeptQuestion(Base):
    """``address`` is the query of the page that asked it, so that it can be read in any language.

    ``input_gz`` is the run's input as the question changes it, None where it changes nothing;
    ``answer_gz`` comes from the job (``kept_questions.Answer``).
    """

    __tablename__ = "kept_question"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(
        sa.ForeignKey("match_run.id", ondelete="CASCADE"), index=True
    )
    job_id: Mapped[str | None] = mapped_column(sa.ForeignKey("job.id"), unique=True)
    code: Mapped[str] = mapped_column(sa.String(16))
    address: Mapped[str] = mapped_column(sa.Text)
    input_gz: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    answer_gz: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    created_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    created_at: Mapped[datetime]
