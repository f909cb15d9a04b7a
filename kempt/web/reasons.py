"""Why people reject what was proposed: codes that stay countable, with the words that are shown."""

REASONS = {
    "different": "they are different people or companies",
    "household": "a household or colleagues who share details",
    "wrong_value": "the value is wrong",
    "outdated": "the value is out of date",
    "not_allowed": "we may not keep or change this",
    "too_little": "there is too little evidence",
    "other": "another reason, in the note",
}
