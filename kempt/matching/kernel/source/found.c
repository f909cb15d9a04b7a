/* What a run found: rows, or counted patterns, in memory that grows. */
#include <stdlib.h>

#include "kernel.h"

static void *grown(void *memory, int64_t *room, size_t size) {
    int64_t more = *room ? *room * 2 : 1024;
    void *larger = realloc(memory, (size_t)more * size);
    if (larger) *room = more;
    return larger;
}

int found_row(struct found *found, const struct row *row) {
    if (found->row_count == found->row_room) {
        struct row *rows = grown(found->rows, &found->row_room, sizeof *rows);
        if (!rows) return OUT_OF_MEMORY;
        found->rows = rows;
    }
    found->rows[found->row_count++] = *row;
    return DONE;
}

/* Where a pattern is, or may be put, in a table of 2^n cells: Fibonacci hashing, then the next free one. */
static struct cell *cell_of(struct cell *cells, int64_t room, uint64_t pattern) {
    uint64_t at = (pattern * 0x9E3779B97F4A7C15u) >> (64 - __builtin_ctzll((uint64_t)room));
    while (cells[at].pairs && cells[at].pattern != pattern) at = (at + 1) & (uint64_t)(room - 1);
    return cells + at;
}

static int widen_cells(struct found *found) {
    int64_t room = found->cell_room ? found->cell_room * 2 : 1024;
    struct cell *cells = calloc((size_t)room, sizeof *cells);
    if (!cells) return OUT_OF_MEMORY;
    for (int64_t i = 0; i < found->cell_room; i++) {
        if (found->cells[i].pairs) *cell_of(cells, room, found->cells[i].pattern) = found->cells[i];
    }
    free(found->cells);
    found->cells = cells;
    found->cell_room = room;
    return DONE;
}

int found_pattern(struct found *found, uint64_t pattern) {
    if (found->cell_count * 2 >= found->cell_room && widen_cells(found)) return OUT_OF_MEMORY;
    struct cell *cell = cell_of(found->cells, found->cell_room, pattern);
    found->cell_count += cell->pairs == 0;
    cell->pattern = pattern;
    cell->pairs++;
    return DONE;
}

/* Moves the counted cells to the front, so that the caller can read them as a list. */
void found_packed(struct found *found) {
    int64_t packed = 0;
    for (int64_t i = 0; i < found->cell_room; i++) {
        if (found->cells[i].pairs) found->cells[packed++] = found->cells[i];
    }
}

EXPORT void kernel_release(struct found *found) {
    free(found->rows);
    free(found->cells);
    found->rows = NULL;
    found->cells = NULL;
}
