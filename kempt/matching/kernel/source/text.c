/* Values as Arrow holds them (UTF-8 and offsets), read once. */
#include "kernel.h"

/* Counts a letter among those of its kind: a-z are kinds of their own, and each shares one with at most one digit. */
static void count_letter(struct value *value, uint32_t letter) {
    uint8_t *pair = value->letters + (letter & 15), one = letter & 16 ? 0x10 : 1, full = letter & 16 ? 0xF0 : 0x0F;
    if ((*pair & full) == full) value->at |= CROWDED;
    else *pair += one;
}

/* The code point at *at, which moves past it. Arrow's strings are valid UTF-8; a cut one ends with `end`. */
static int read_letter(const uint8_t **at, const uint8_t *end, uint32_t *letter) {
    uint8_t first = *(*at)++;
    int more = first < 0x80 ? 0 : first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : -1;
    if (more < 0 || end - *at < more) return NOT_UTF8;
    *letter = more ? first & (0x3F >> more) : first;
    for (; more; more--) *letter = *letter << 6 | (*(*at)++ & 0x3F);
    return DONE;
}

static bool is_ascii(const uint8_t *text, int64_t length) {
    uint8_t seen = 0;
    for (int64_t i = 0; i < length; i++) seen |= text[i];
    return seen < 0x80;
}

/* The code points of all texts that are not ASCII. */
EXPORT int64_t text_wide(const uint8_t *bytes, const int64_t *offsets, int64_t count) {
    int64_t wide = 0;
    for (int64_t i = 0; i < count; i++) {
        if (is_ascii(bytes + offsets[i], offsets[i + 1] - offsets[i])) continue;
        for (int64_t k = offsets[i]; k < offsets[i + 1]; k++) wide += (bytes[k] & 0xC0) != 0x80;
    }
    return wide;
}

static int read_value(const uint8_t *at, const uint8_t *end, struct value *value, uint32_t *wide) {
    for (; at < end; value->length++) {
        uint32_t letter;
        if (read_letter(&at, end, &letter)) return NOT_UTF8;
        if (wide) wide[value->length] = letter;
        if (value->length < 4) value->start |= (letter & 0xFF) << 8 * value->length;
        count_letter(value, letter);
    }
    return DONE;
}

/* Fills the values, and the texts in `wide`, for which text_wide has told the room; those in ASCII are read where they
 * are. Returns the longest in *longest. */
EXPORT int text_read(const uint8_t *bytes, const int64_t *offsets, int64_t count, struct value *values,
                     uint32_t *wide, int64_t *longest) {
    uint64_t wide_at = 0;
    *longest = 0;
    for (int64_t i = 0; i < count; i++) {
        const uint8_t *text = bytes + offsets[i], *end = bytes + offsets[i + 1];
        bool ascii = is_ascii(text, end - text);
        values[i] = (struct value){.at = ascii ? (uint64_t)offsets[i] : wide_at | WIDE};
        if (read_value(text, end, values + i, ascii ? NULL : wide + wide_at)) return NOT_UTF8;
        if (!ascii) wide_at += values[i].length;
        if (values[i].length > *longest) *longest = values[i].length;
    }
    return DONE;
}

/* The code points of a value: where they are, or widened into the room. */
const uint32_t *letters_of(const struct column *column, const struct value *value, uint32_t *room) {
    if (value->at & WIDE) return column->wide + (value->at & PLACE);
    for (uint32_t i = 0; i < value->length; i++) room[i] = column->narrow[(value->at & PLACE) + i];
    return room;
}
