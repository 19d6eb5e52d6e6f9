"""Published exams in security, and questions of one's own: reads, asks as published, marks. Needs no torch."""
