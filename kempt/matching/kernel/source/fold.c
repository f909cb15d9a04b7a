/* Texts rewritten letter by letter: what comparing leaves out, and the parts that keys are made of. */
#include <string.h>

#include "kernel.h"

enum fold { PLAIN, WITHOUT_SPACES, EMAIL, PHONE, MAILBOX, DOMAIN_OF, FIRST, LAST };

enum { DIGITS_OF_PHONE = 10 };

static uint8_t lower(uint8_t letter) { return letter - 'A' < 26u ? letter | 0x20 : letter; }

static bool is_digit(uint8_t letter) { return letter - '0' < 10u; }

/* Letters and digits in lower case, apostrophes left out, and one `between` for anything else in between. */
static int64_t plain(const uint8_t *text, int64_t length, bool spaces, uint8_t *out) {
    int64_t made = 0;
    bool gap = false;
    for (int64_t i = 0; i < length; i++) {
        uint8_t letter = lower(text[i]);
        if (letter - 'a' < 26u || is_digit(letter)) {
            if (gap && made && spaces) out[made++] = ' ';
            gap = false;
            out[made++] = letter;
        } else if (letter != '\'') {
            gap = true;
        }
    }
    return made;
}

static int64_t email(const uint8_t *text, int64_t length, uint8_t *out) {
    int64_t made = 0;
    for (; length && *text == ' '; length--) text++;
    for (; length && text[length - 1] == ' ';) length--;
    for (int64_t i = 0; i < length; i++) out[made++] = lower(text[i]);
    return made;
}

/* The last digits before an extension: ext 12, x12. */
static int64_t phone(const uint8_t *text, int64_t length, uint8_t *out) {
    int64_t made = 0;
    for (int64_t i = 0; i < length && lower(text[i]) != 'x'; i++) {
        if (is_digit(text[i])) out[made++] = text[i];
    }
    if (made <= DIGITS_OF_PHONE) return made;
    memmove(out, out + made - DIGITS_OF_PHONE, DIGITS_OF_PHONE);
    return DIGITS_OF_PHONE;
}

static int64_t copied(const uint8_t *text, int64_t length, uint8_t *out) {
    if (length) memcpy(out, text, (size_t)length);
    return length;
}

/* What stands before the @ and, before it, the first plus sign. */
static int64_t mailbox(const uint8_t *text, int64_t length, uint8_t *out) {
    const uint8_t *at = memchr(text, '@', (size_t)length);
    if (!at) return copied(text, length, out);
    const uint8_t *plus = memchr(text, '+', (size_t)(at - text));
    return copied(text, (plus ? plus : at) - text, out);
}

static int64_t domain_of(const uint8_t *text, int64_t length, uint8_t *out) {
    const uint8_t *at = memchr(text, '@', (size_t)length);
    return at ? copied(at + 1, text + length - at - 1, out) : copied(text, length, out);
}

static bool begins_letter(uint8_t byte) { return (byte & 0xC0) != 0x80; }

static int64_t first_letters(const uint8_t *text, int64_t length, int64_t letters, uint8_t *out) {
    int64_t end = 0;
    for (; end < length; end++) {
        if (begins_letter(text[end]) && letters-- == 0) break;
    }
    return copied(text, end, out);
}

static int64_t last_letters(const uint8_t *text, int64_t length, int64_t letters, uint8_t *out) {
    int64_t start = length;
    while (start > 0 && letters > 0) letters -= begins_letter(text[--start]);
    return copied(text + start, length - start, out);
}

/* Whether the C way gives what the slow one would: letters beyond ASCII are for that, and what is seldom. */
static bool foldable(const uint8_t *text, int64_t length, int64_t fold) {
    if (fold == FIRST || fold == LAST) return true;
    uint8_t seen = 0;
    bool odd = false;
    for (int64_t i = 0; i < length; i++) {
        seen |= text[i];
        odd |= text[i] == '\n' || (fold == EMAIL && text[i] == '<');
    }
    return seen < 0x80 && (fold <= WITHOUT_SPACES || !odd);
}

static int64_t folded(const uint8_t *text, int64_t length, int64_t fold, int64_t letters, uint8_t *out) {
    switch (fold) {
    case PLAIN:
    case WITHOUT_SPACES:
        return plain(text, length, fold == PLAIN, out);
    case EMAIL:
        return email(text, length, out);
    case PHONE:
        return phone(text, length, out);
    case MAILBOX:
        return mailbox(text, length, out);
    case DOMAIN_OF:
        return domain_of(text, length, out);
    case FIRST:
        return first_letters(text, length, letters, out);
    default:
        return last_letters(text, length, letters, out);
    }
}

/* Writes each text anew: `out` has room for all of them, `starts` for their number and one. Texts that are to be
 * rewritten in another way come out empty and get a 1 in `left`; returns how many. */
EXPORT int64_t text_fold(const uint8_t *bytes, const int64_t *offsets, int64_t count, int64_t fold, int64_t letters,
                         uint8_t *out, int64_t *starts, uint8_t *left) {
    int64_t end = 0, others = 0;
    for (int64_t i = 0; i < count; i++) {
        const uint8_t *text = bytes + offsets[i];
        int64_t length = offsets[i + 1] - offsets[i];
        starts[i] = end;
        left[i] = !foldable(text, length, fold);
        others += left[i];
        if (!left[i]) end += folded(text, length, fold, letters, out + end);
    }
    starts[count] = end;
    return others;
}
