-- How long polls for definitions are held without being asked to, in seconds; 0: they are not.
ALTER TABLE environments ADD COLUMN hold_polls_seconds INTEGER NOT NULL DEFAULT 0;
