/* Where a letter stands in a string of up to 64 bytes: bit i is set when text[i] is the letter. And how many letters two
 * texts share, counted by 16 bytes of two kinds each, four bits a kind. */
#ifndef KEMPT_CHARACTERS_H
#define KEMPT_CHARACTERS_H

#include <stdint.h>

#include "kernel.h"

static inline uint64_t first_bits(int count) { return count >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << count) - 1; }

#if defined(__AVX2__)
#include <immintrin.h>

/* The text in two registers, loaded once for all its letters. Reads 64 bytes whatever the length (see SLACK). */
struct letters {
    __m256i low, high;
    uint64_t valid;
};

static inline struct letters letters_load(const uint8_t *text, int length) {
    return (struct letters){_mm256_loadu_si256((const __m256i *)text),
                            _mm256_loadu_si256((const __m256i *)(text + 32)), first_bits(length)};
}

/* `most` is a bound of the length, 32 or 64, known when compiling. */
static inline uint64_t letters_equal(const struct letters *letters, uint8_t letter, int most) {
    __m256i sought = _mm256_set1_epi8((char)letter);
    uint64_t low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(sought, letters->low));
    if (most <= 32) return low & letters->valid;
    uint64_t high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(sought, letters->high));
    return (low | high << 32) & letters->valid;
}

/* How many letters two texts have in common from their start on, up to a number. */
static inline int same_start(const uint8_t *a, const uint8_t *b, int most) {
    __m256i x = _mm256_loadu_si256((const __m256i *)a), y = _mm256_loadu_si256((const __m256i *)b);
    uint32_t differ = ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(x, y));
    int same = differ ? __builtin_ctz(differ) : 32;
    while (same >= 32 && same < most && a[same] == b[same]) same++;
    return same < most ? same : most;
}

static inline __m128i counts_of(const uint8_t *letters, int shift) {
    __m128i both = _mm_loadu_si128((const __m128i *)letters);
    return _mm_and_si128(shift ? _mm_srli_epi16(both, 4) : both, _mm_set1_epi8(0x0F));
}

static inline int kinds_shared(const uint8_t *a, const uint8_t *b) {
    __m128i low = _mm_min_epu8(counts_of(a, 0), counts_of(b, 0)), high = _mm_min_epu8(counts_of(a, 4), counts_of(b, 4));
    __m128i sums = _mm_sad_epu8(_mm_add_epi8(low, high), _mm_setzero_si128());
    return _mm_cvtsi128_si32(sums) + _mm_extract_epi16(sums, 4);
}

#else

static inline int kinds_shared(const uint8_t *a, const uint8_t *b) {
    int shared = 0;
    for (int i = 0; i < 16; i++) {
        int x = a[i] & 15, y = b[i] & 15, u = a[i] >> 4, v = b[i] >> 4;
        shared += (x < y ? x : y) + (u < v ? u : v);
    }
    return shared;
}

struct letters {
    const uint8_t *text;
    int length;
};

static inline struct letters letters_load(const uint8_t *text, int length) { return (struct letters){text, length}; }

static inline uint64_t letters_equal(const struct letters *letters, uint8_t letter, int most) {
    (void)most;
    uint64_t places = 0;
    for (int i = 0; i < letters->length; i++) places |= (uint64_t)(letters->text[i] == letter) << i;
    return places;
}

static inline int same_start(const uint8_t *a, const uint8_t *b, int most) {
    int same = 0;
    while (same < most && a[same] == b[same]) same++;
    return same;
}

#endif

/* No fewer letters than two values have in common, each as often as both have it. */
static inline int64_t letters_shared(const struct value *a, const struct value *b) {
    return (a->at | b->at) & CROWDED ? INT32_MAX : kinds_shared(a->letters, b->letters);
}

#endif
