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

/* Records that have a key, sorted by it: fills keys and members, both with room for all; returns how many.
 *
 * sizes[p] is the number of codes of column p; their product fits 64 bits.
 */
EXPORT int64_t blocks_sort(const int32_t *codes, int64_t count, int64_t width, const int64_t *columns,
                           const uint64_t *sizes, int64_t parts, uint64_t *keys, int32_t *members) {
    struct keyed *now = malloc((size_t)(count + 1) * sizeof *now), *next = malloc((size_t)(count + 1) * sizeof *next);
    int64_t found = 0;
    uint64_t highest = 0;
    if (!now || !next) {
        free(now);
        free(next);
        return OUT_OF_MEMORY;
    }
    for (int64_t i = 0; i < count; i++) {
        uint64_t key;
        if (!read_key(codes + i * width, columns, sizes, parts, &key)) continue;
        now[found++] = (struct keyed){key, i};
        highest |= key;
    }
    for (int shift = 0; shift < 64 && highest >> shift; shift += DIGIT) {
        sort_by_digit(now, next, found, shift);
        struct keyed *sorted = next;
        next = now, now = sorted;
    }
    for (int64_t i = 0; i < found; i++) {
        keys[i] = now[i].key;
        members[i] = (int32_t)now[i].record;
    }
    free(now);
    free(next);
    return found;
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

/* Where two codes stand in a table of 2^bits flags: Fibonacci hashing. */
static uint64_t flag_of(int32_t one, int32_t two, int64_t bits) {
    uint64_t key = (uint64_t)(uint32_t)one << 32 | (uint32_t)two;
    return (key * 0x9E3779B97F4A7C15u ^ key >> 29) * 0x9E3779B97F4A7C15u >> (64 - bits);
}

/* Records that may share both codes with a seed, the seeds too: all that do, and few that do not. Fills `found`, with
 * room for all, ascending, and returns how many. `flags` has 2^bits zeros; `two` may be NULL. */
EXPORT int64_t blocks_sought(const int32_t *one, const int32_t *two, int64_t count, const int32_t *seeds,
                             int64_t seed_count, int64_t bits, uint8_t *flags, int32_t *found) {
    int64_t kept = 0;
    for (int64_t s = 0; s < seed_count; s++) {
        int32_t i = seeds[s], other = two ? two[i] : 0;
        if (one[i] >= 0 && other >= 0) flags[flag_of(one[i], other, bits)] = 1;
    }
    for (int64_t i = 0; i < count; i++) {
        int32_t other = two ? two[i] : 0;
        if (one[i] >= 0 && other >= 0 && flags[flag_of(one[i], other, bits)]) found[kept++] = (int32_t)i;
    }
    return kept;
}
