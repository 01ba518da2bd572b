CREATE TABLE notes (
    -- Not given anew when the last note is deleted: who follows the feed knows notes by it.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    text TEXT NOT NULL,
    -- Times are seconds since 1970.
    created INTEGER NOT NULL,
    expires INTEGER,
    -- What a job has counted; NULL until then.
    words INTEGER
) STRICT;
CREATE INDEX notes_by_end ON notes (expires) WHERE expires IS NOT NULL;
CREATE INDEX notes_without_words ON notes (id) WHERE words IS NULL;

CREATE TABLE tags (
    note INTEGER NOT NULL REFERENCES notes (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (tag, note)
) STRICT, WITHOUT ROWID;
CREATE INDEX tags_by_note ON tags (note);
