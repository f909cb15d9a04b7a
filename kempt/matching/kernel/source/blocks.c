/* Blocks: records sorted by their key and cut where it changes.
 *
 * A key is one 64-bit number that no other key shares: blocks.py packs the codes of its columns, and renumbers on the
 * way whatever would not fit. So no hash can collide.
 */
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

/* A key and the record that has it. */
struct keyed {
    uint64_t key;
    int64_t record;
};

enum { DIGIT = 11, DIGITS = 1 << DIGIT };

/* One pass of a least-significant-digit radix sort; stable, so records of one key stay in ascending order. */
static void sort_by_digit(const struct keyed *from, struct keyed *to, int64_t count, int shift) {
    int64_t place[DIGITS] = {0};
    for (int64_t i = 0; i < count; i++) place[from[i].key >> shift & (DIGITS - 1)]++;
    for (int64_t d = 0, sum = 0; d < DIGITS; d++) {
        int64_t here = place[d];
        place[d] = sum;
        sum += here;
    }
    for (int64_t i = 0; i < count; i++) to[place[from[i].key >> shift & (DIGITS - 1)]++] = from[i];
}

/* The key of a row, or false when a part is missing: what is not given never forms a key. */
static bool read_key(const int32_t *row, const int64_t *columns, const uint64_t *sizes, int64_t parts, uint64_t *key) {
    *key = 0;
    for (int64_t p = 0; p < parts; p++) {
        if (row[columns[p]] < 0) return false;
        *key = *key * sizes[p] + (uint64_t)row[columns[p]];
    }
    return true;
}

/* Fibonacci hashing. */
static uint64_t spread(uint64_t key) { return (key * 0x9E3779B97F4A7C15u ^ key >> 29) * 0x9E3779B97F4A7C15u; }

/* Moves the keys that another record may have, and their records, to the front; returns how many. A table of counts by
 * a hash tells: most records are alone with a key, and need not be sorted. */
static int64_t drop_lone(uint64_t *keys, int32_t *members, int64_t count) {
    int bits = 8;
    while (bits < 40 && (int64_t)1 << bits < count * 2) bits++;
    uint8_t *seen = calloc((size_t)1 << bits, 1);
    if (!seen) return OUT_OF_MEMORY;
    for (int64_t i = 0; i < count; i++) {
        uint8_t *times = seen + (spread(keys[i]) >> (64 - bits));
        *times += *times < 2;
    }
    int64_t kept = 0;
    for (int64_t i = 0; i < count; i++) {
        uint64_t key = keys[i];
        keys[kept] = key;
        members[kept] = members[i];
        kept += seen[spread(key) >> (64 - bits)] > 1;
    }
    free(seen);
    return kept;
}

/* Records whose key others may have, sorted by it: fills keys and members, both with room for all; returns how many.
 *
 * sizes[p] is the number of codes of column p; their product fits 64 bits.
 */
EXPORT int64_t blocks_sort(const int32_t *codes, int64_t count, int64_t width, const int64_t *columns,
                           const uint64_t *sizes, int64_t parts, uint64_t *keys, int32_t *members) {
    int64_t found = 0;
    uint64_t highest = 0;
    for (int64_t i = 0; i < count; i++) {
        if (!read_key(codes + i * width, columns, sizes, parts, keys + found)) continue;
        members[found] = (int32_t)i;
        highest |= keys[found++];
    }
    if ((found = drop_lone(keys, members, found)) < 0) return OUT_OF_MEMORY;
    struct keyed *now = malloc((size_t)(found + 1) * sizeof *now), *next = malloc((size_t)(found + 1) * sizeof *next);
    for (int64_t i = 0; now && next && i < found; i++) now[i] = (struct keyed){keys[i], members[i]};
    for (int shift = 0; now && next && shift < 64 && highest >> shift; shift += DIGIT) {
        sort_by_digit(now, next, found, shift);
        struct keyed *sorted = next;
        next = now, now = sorted;
    }
    int64_t state = now && next ? found : OUT_OF_MEMORY;
    for (int64_t i = 0; i < state; i++) {
        keys[i] = now[i].key;
        members[i] = (int32_t)now[i].record;
    }
    free(now);
    free(next);
    return state;
}

/* Keeps the blocks of 2 to `cap` records: moves their members to the front and writes their starts.
 *
 * Returns the number kept; starts has room for half the members and one. left_out gets the rule's bit for each record
 * of a block over the cap; out[0..2] the number of those blocks, the largest, and the pairs they would have made.
 */
EXPORT int64_t blocks_cut(const uint64_t *keys, int32_t *members, int64_t count, int64_t cap, int64_t rule,
                          int64_t *starts, uint64_t *left_out, int64_t *out) {
    int64_t kept = 0, end = 0, size;
    for (int64_t i = 0; i < count; i += size) {
        for (size = 1; i + size < count && keys[i + size] == keys[i];) size++;
        if (size > cap) {
            out[0]++;
            out[1] = size > out[1] ? size : out[1];
            out[2] += size * (size - 1) / 2;
            for (int64_t k = i; k < i + size; k++) left_out[members[k]] |= (uint64_t)1 << rule;
        } else if (size > 1) {
            memmove(members + end, members + i, (size_t)size * sizeof *members);
            starts[kept++] = end;
            end += size;
        }
    }
    starts[kept] = end;
    return kept;
}

/* What a seed has, and the group of the records that share it. */
struct sought {
    uint64_t key; /* both codes */
    int64_t group; /* and one; 0: nothing is here */
};

/* The tables of all that seeds have: a bit for whatever may be there, which settles most records, and all of it. */
struct seeking {
    uint32_t *flags;
    struct sought *places;
    int bits; /* of the places; there are 2^BITS_A_PLACE flags to each */
};

/* Records are looked through so many at once: first where the flag of each is, which needs no branch. */
enum { BITS_A_PLACE = 4, THROUGH = 512 };

static uint64_t key_of(const int32_t *one, const int32_t *two, int64_t record) {
    return (uint64_t)(uint32_t)one[record] << 32 | (two ? (uint32_t)two[record] : 0);
}

static int seeking_begin(struct seeking *seeking, int64_t seeds) {
    for (seeking->bits = 6; (int64_t)1 << seeking->bits < seeds * 2 && seeking->bits < 27;) seeking->bits++;
    seeking->places = calloc((size_t)1 << seeking->bits, sizeof *seeking->places);
    seeking->flags = calloc((size_t)1 << (seeking->bits + BITS_A_PLACE - 5), sizeof *seeking->flags);
    return seeking->places && seeking->flags ? DONE : OUT_OF_MEMORY;
}

static void seeking_end(struct seeking *seeking) {
    free(seeking->places);
    free(seeking->flags);
}

static struct sought *sought_of(const struct seeking *seeking, uint64_t key) {
    uint64_t at = spread(key) >> (64 - seeking->bits);
    while (seeking->places[at].group && seeking->places[at].key != key) {
        at = (at + 1) & (((uint64_t)1 << seeking->bits) - 1);
    }
    return seeking->places + at;
}

/* Where the flags of some records are; by 32 bits each, so that eight are worked out at once. */
static void find_flags(const struct seeking *seeking, const int32_t *one, const int32_t *two, int64_t count,
                       uint32_t *flags) {
    int shift = 32 - seeking->bits - BITS_A_PLACE;
    for (int64_t i = 0; i < count; i++) flags[i] = (uint32_t)one[i] * 0x9E3779B1u;
    for (int64_t i = 0; two && i < count; i++) flags[i] += (uint32_t)two[i] * 0x85EBCA77u;
    for (int64_t i = 0; i < count; i++) flags[i] = (flags[i] ^ flags[i] >> 15) * 0x2C1B3C6Du >> shift;
}

static bool has_both(const int32_t *one, const int32_t *two, int64_t record) {
    return one[record] >= 0 && (!two || two[record] >= 0);
}

static int64_t number_seeds(struct seeking *seeking, const int32_t *one, const int32_t *two, const int32_t *seeds,
                            int64_t seed_count) {
    int64_t groups = 0;
    for (int64_t s = 0; s < seed_count; s++) {
        if (!has_both(one, two, seeds[s])) continue;
        uint32_t flag;
        find_flags(seeking, one + seeds[s], two ? two + seeds[s] : NULL, 1, &flag);
        seeking->flags[flag >> 5] |= (uint32_t)1 << (flag & 31);
        struct sought *place = sought_of(seeking, key_of(one, two, seeds[s]));
        if (!place->group) *place = (struct sought){key_of(one, two, seeds[s]), ++groups};
    }
    return groups;
}

/* The next records, up to THROUGH, whose bit is set in `asked`, from `from` on, which is moved behind the last one. */
static int64_t asked_records(const uint64_t *asked, int64_t count, int64_t *from, int32_t *records) {
    int64_t found = 0, word = *from / 64, words = (count + 63) / 64;
    uint64_t bits = word < words ? asked[word] & ~(uint64_t)0 << (*from & 63) : 0;
    while (word < words) {
        for (; bits; bits &= bits - 1) {
            *from = word * 64 + __builtin_ctzll(bits);
            if (found == THROUGH) return found;
            records[found++] = (int32_t)*from;
        }
        if (++word < words) bits = asked[word];
    }
    *from = count;
    return found;
}

/* Of these records those that may share both codes with a seed; returns how many. */
static int64_t likely_records(const struct seeking *seeking, const int32_t *one, const int32_t *two, int32_t *records,
                              int64_t count) {
    int32_t ones[THROUGH], twos[THROUGH];
    uint32_t flags[THROUGH];
    int64_t found = 0;
    for (int64_t i = 0; i < count; i++) ones[i] = one[records[i]];
    for (int64_t i = 0; two && i < count; i++) twos[i] = two[records[i]];
    find_flags(seeking, ones, two ? twos : NULL, count, flags);
    for (int64_t i = 0; i < count; i++) {
        records[found] = records[i];
        found += seeking->flags[flags[i] >> 5] >> (flags[i] & 31) & 1;
    }
    return found;
}

/* Writes where each group of 2 to `most` records begins; the others get -1. */
static int64_t place_groups(const int32_t *sizes, int64_t groups, int64_t most, int64_t *starts, int64_t *next) {
    int64_t kept = 0, end = 0;
    for (int64_t g = 0; g < groups; g++) {
        bool fits = sizes[g] > 1 && sizes[g] <= most;
        next[g] = fits ? end : -1;
        if (!fits) continue;
        starts[kept++] = end;
        end += sizes[g];
    }
    starts[kept] = end;
    return kept;
}

/* The groups of 2 to `most` records that share both codes with a seed; `two` may be NULL.
 *
 * Looks through the records with a bit in `asked`. Fills `members`, with room for `room` of them, group by group, and `starts`, with room for
 * the seeds and one; returns how many groups. No more than most + 1 records of a group are noted on the way, so that
 * what many share costs no memory.
 */
EXPORT int64_t blocks_meeting(int64_t count, const int32_t *one, const int32_t *two, const uint64_t *asked,
                              const int32_t *seeds, int64_t seed_count, int64_t most, int64_t *starts, int32_t *members, int64_t room) {
    struct seeking seeking = {0};
    int32_t *sizes = calloc((size_t)seed_count + 1, sizeof *sizes), *noted = malloc((size_t)(room + 1) * 8);
    int64_t *next = malloc((size_t)(seed_count + 1) * sizeof *next), kept = OUT_OF_MEMORY, found = 0;
    if (seeking_begin(&seeking, seed_count) == DONE && sizes && noted && next) {
        int64_t groups = number_seeds(&seeking, one, two, seeds, seed_count);
        for (int64_t from = 0; from < count && groups;) {
            int32_t likely[THROUGH + 1];
            int64_t some = asked_records(asked, count, &from, likely);
            some = likely_records(&seeking, one, two, likely, some);
            for (int64_t i = 0; i < some; i++) {
                if (!has_both(one, two, likely[i])) continue;
                int64_t group = sought_of(&seeking, key_of(one, two, likely[i]))->group - 1;
                if (group < 0 || sizes[group] > most) continue;
                sizes[group]++;
                noted[2 * found] = likely[i];
                noted[2 * found++ + 1] = (int32_t)group;
            }
        }
        kept = place_groups(sizes, groups, most, starts, next);
        for (int64_t i = 0; i < found; i++) {
            int64_t *at = next + noted[2 * i + 1];
            if (*at >= 0) members[(*at)++] = noted[2 * i];
        }
    }
    seeking_end(&seeking);
    free(sizes);
    free(noted);
    free(next);
    return kept;
}
