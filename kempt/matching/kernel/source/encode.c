/* Distinct texts: each text read gets the number of its value, in the order in which values first appear. */
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

/* A table of 2^n places: the number of a value and one, under 32 bits of its hash; 0 where there is none. The values
 * themselves stand end to end, so that comparing one with the next often stays in one cache line. */
struct encoder {
    uint64_t *places;
    uint64_t *hashes;
    int64_t *starts; /* value v: bytes[starts[v] .. starts[v + 1]) */
    uint8_t *bytes;
    int64_t room, count, value_room, byte_room;
};

/* So many texts are hashed before the first is looked up: their places come from memory meanwhile. */
enum { TEXTS_AHEAD = 16 };

static uint64_t mixed(uint64_t a, uint64_t b) {
    __uint128_t product = (__uint128_t)(a ^ 0x9E3779B97F4A7C15u) * (b ^ 0xE7037ED1A0B428DBu);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t word_at(const uint8_t *at, int64_t bytes) {
    uint64_t word = 0;
    memcpy(&word, at, (size_t)bytes);
    return word;
}

static uint64_t hash_of(const uint8_t *text, int64_t length) {
    uint64_t hash = (uint64_t)length;
    for (; length > 8; text += 8, length -= 8) hash = mixed(hash, word_at(text, 8));
    return mixed(hash, word_at(text, length));
}

static uint64_t place_of(const struct encoder *made, uint64_t hash) { return hash & (uint64_t)(made->room - 1); }

static int widen_places(struct encoder *made) {
    int64_t room = made->room ? made->room * 4 : 1 << 12;
    uint64_t *places = calloc((size_t)room, sizeof *places);
    if (!places) return OUT_OF_MEMORY;
    free(made->places);
    made->places = places;
    made->room = room;
    for (int64_t v = 0; v < made->count; v++) {
        uint64_t at = place_of(made, made->hashes[v]);
        while (places[at]) at = (at + 1) & (uint64_t)(room - 1);
        places[at] = made->hashes[v] >> 32 << 32 | (uint64_t)(v + 1);
    }
    return DONE;
}

static bool make_room(void **memory, int64_t *room, int64_t needed, size_t size) {
    if (needed <= *room) return true;
    int64_t more = needed + needed / 2 + 1024;
    void *larger = realloc(*memory, (size_t)more * size);
    if (!larger) return false;
    *memory = larger;
    *room = more;
    return true;
}

static int add_value(struct encoder *made, const uint8_t *text, int64_t length, uint64_t hash) {
    int64_t end = made->count ? made->starts[made->count] : 0, room = made->value_room;
    if (!make_room((void **)&made->hashes, &room, made->count + 1, sizeof *made->hashes)) return OUT_OF_MEMORY;
    if (room != made->value_room) {
        int64_t *starts = realloc(made->starts, (size_t)(room + 1) * sizeof *starts);
        if (!starts) return OUT_OF_MEMORY;
        made->starts = starts;
        made->value_room = room;
    }
    if (!make_room((void **)&made->bytes, &made->byte_room, end + length + 1, 1)) return OUT_OF_MEMORY;
    if (length) memcpy(made->bytes + end, text, (size_t)length);
    made->hashes[made->count] = hash;
    made->starts[0] = 0;
    made->starts[++made->count] = end + length;
    return DONE;
}

static bool is_value(const struct encoder *made, int64_t value, const uint8_t *text, int64_t length) {
    int64_t start = made->starts[value];
    return made->starts[value + 1] - start == length && !memcmp(made->bytes + start, text, (size_t)length);
}

/* The number of a text, which is added if it is new, or OUT_OF_MEMORY. */
static int64_t number_of(struct encoder *made, const uint8_t *text, int64_t length, uint64_t hash) {
    if (made->count * 2 >= made->room && widen_places(made)) return OUT_OF_MEMORY;
    uint64_t at = place_of(made, hash);
    for (; made->places[at]; at = (at + 1) & (uint64_t)(made->room - 1)) {
        int64_t value = (int64_t)(made->places[at] & 0xFFFFFFFF) - 1;
        if (made->places[at] >> 32 == hash >> 32 && is_value(made, value, text, length)) return value;
    }
    if (add_value(made, text, length, hash)) return OUT_OF_MEMORY;
    made->places[at] = hash >> 32 << 32 | (uint64_t)made->count;
    return made->count - 1;
}

EXPORT struct encoder *encoder_begin(void) { return calloc(1, sizeof(struct encoder)); }

/* Whether text i is given: by Arrow's bitmap, if there is one; and an empty one, only when these count. */
static bool is_given(const uint8_t *given, int64_t offset, int64_t i, int64_t length, bool empty_counts) {
    return (!given || given[(offset + i) >> 3] >> ((offset + i) & 7) & 1) && (length || empty_counts);
}

/* Fills the codes of `count` texts, -1 for what is not given. */
EXPORT int encoder_add(struct encoder *made, const uint8_t *bytes, const int64_t *offsets, const uint8_t *given,
                       int64_t given_offset, int64_t count, int64_t empty_counts, int32_t *codes) {
    uint64_t hashes[TEXTS_AHEAD];
    if (!made || (!made->room && widen_places(made))) return OUT_OF_MEMORY;
    for (int64_t i = 0; i < count; i += TEXTS_AHEAD) {
        int64_t here = count - i < TEXTS_AHEAD ? count - i : TEXTS_AHEAD;
        for (int64_t k = 0; k < here; k++) {
            hashes[k] = hash_of(bytes + offsets[i + k], offsets[i + k + 1] - offsets[i + k]);
            __builtin_prefetch(made->places + place_of(made, hashes[k]));
        }
        for (int64_t k = 0; k < here; k++) {
            int64_t length = offsets[i + k + 1] - offsets[i + k], code = -1;
            if (is_given(given, given_offset, i + k, length, empty_counts != 0)) {
                code = number_of(made, bytes + offsets[i + k], length, hashes[k]);
                if (code < 0) return OUT_OF_MEMORY;
            }
            codes[i + k] = (int32_t)code;
        }
    }
    return DONE;
}

/* How many values there are, and their bytes. */
EXPORT void encoder_size(const struct encoder *made, int64_t *sizes) {
    sizes[0] = made->count;
    sizes[1] = made->count ? made->starts[made->count] : 0;
}

/* Copies the values, where `starts` is given, and gives the memory back. */
EXPORT void encoder_end(struct encoder *made, int64_t *starts, uint8_t *bytes) {
    if (!made) return;
    if (starts) {
        starts[0] = 0;
        if (made->count) memcpy(starts, made->starts, (size_t)(made->count + 1) * sizeof *starts);
        if (made->count && made->starts[made->count]) memcpy(bytes, made->bytes, (size_t)made->starts[made->count]);
    }
    free(made->places);
    free(made->hashes);
    free(made->starts);
    free(made->bytes);
    free(made);
}

/* Numbers codes anew in the order in which they first appear; order[n] gets the code that was, for number n. Returns
 * how many there are. `number` has room for all codes. */
EXPORT int64_t codes_renumber(int32_t *codes, int64_t count, int64_t values, int32_t *number, int32_t *order) {
    int64_t found = 0;
    for (int64_t v = 0; v < values; v++) number[v] = -1;
    for (int64_t i = 0; i < count; i++) {
        if (codes[i] < 0) continue;
        if (number[codes[i]] < 0) {
            order[found] = codes[i];
            number[codes[i]] = (int32_t)found++;
        }
        codes[i] = number[codes[i]];
    }
    return found;
}

/* Numbers 64-bit keys in the order in which they first appear: place[i] gets the number of keys[i], distinct[n] the key
 * with number n, for which there is room for all. Returns how many there are. */
EXPORT int64_t keys_number(const uint64_t *keys, int64_t count, int32_t *place, uint64_t *distinct) {
    int64_t room = 1 << 12, found = 0;
    int32_t *places = calloc((size_t)room, sizeof *places);
    for (int64_t i = 0; i < count && places; i++) {
        if (found * 2 >= room) {
            free(places);
            room *= 4;
            places = calloc((size_t)room, sizeof *places);
            for (int64_t n = 0; n < found && places; n++) {
                uint64_t at = mixed(distinct[n], 0) & (uint64_t)(room - 1);
                while (places[at]) at = (at + 1) & (uint64_t)(room - 1);
                places[at] = (int32_t)n + 1;
            }
            if (!places) break;
        }
        uint64_t at = mixed(keys[i], 0) & (uint64_t)(room - 1);
        while (places[at] && distinct[places[at] - 1] != keys[i]) at = (at + 1) & (uint64_t)(room - 1);
        if (!places[at]) {
            distinct[found++] = keys[i];
            places[at] = (int32_t)found;
        }
        place[i] = places[at] - 1;
    }
    if (!places) return OUT_OF_MEMORY;
    free(places);
    return found;
}
