/* Jaro's similarity with Winkler's boost for a common start.
 *
 * Jaro, M. A. (1989): Advances in Record-Linkage Methodology, JASA 84(406). Winkler, W. E. (1990): String Comparator
 * Metrics and Enhanced Decision Rules in the Fellegi-Sunter Model. As in DuckDB and rapidfuzz, the boost counts only
 * above 0.7, and the operations come in the same order, so that the result is the same to the last bit.
 */
#include "characters.h"
#include "kernel.h"

static double jaro(double matches, double transposed, double la, double lb) {
    return (matches / la + matches / lb + (matches - transposed) / matches) / 3.0;
}

static double boosted(double similarity, int common_start) {
    if (similarity > 0.7) similarity += common_start * 0.1 * (1.0 - similarity);
    return similarity;
}

static int64_t shorter(int64_t la, int64_t lb) { return la < lb ? la : lb; }

/* How far apart two letters may stand to match. */
static int64_t window_of(int64_t la, int64_t lb) {
    int64_t half = (la > lb ? la : lb) / 2;
    return half > 0 ? half - 1 : 0;
}

/* No less than the similarity, from the counted letters and the first four alone.
 *
 * A letter matches one of its kind. This is the formula with a number of matches that is not smaller, none out of
 * order, and one division; the little that is added makes up for the rounding.
 */
double jaro_winkler_at_most(const struct value *a, const struct value *b) {
    int64_t la = a->length, lb = b->length, matches = shorter(la, lb);
    if (matches == 0) return la == lb ? 1.0 : 0.0;
    uint32_t differ = a->start ^ b->start;
    int64_t common = differ ? __builtin_ctz(differ) / 8 : 4;
    if (common > matches) common = matches;
    matches = shorter(matches, letters_shared(a, b));
    if (matches <= 0) return 0.0;
    double similarity = (double)(matches * (la + lb)) / (double)(la * lb) * (1.0 / 3.0) + (1.0 / 3.0 + 1e-9);
    double boost = similarity > 0.7 ? (double)common * 0.1 : 0.0;
    return similarity + boost * (1.0 - similarity);
}

/* Fewer matches than this leave the similarity below a limit: the formula solved for them, with none out of order.
 *
 * `needed` is 3 * s - 1 for the least s that the boost lifts to the limit (program.py). A millionth is taken off, since
 * the formula itself rounds in another way.
 */
static int matches_needed(int la, int lb, double needed) {
    double matches = needed * la * lb / (la + lb) - 1e-6;
    int whole = matches > 0.0 ? (int)matches : 0;
    return whole + (matches > whole);
}

/* Matches from `start` on, before which all letters match each other, or -1 when fewer than `needed` are possible.
 *
 * A letter's free places in its window are one AND, and the first is taken. *taken gets the places in b, matched[] the
 * letters of a in their order; *disorder says whether a place was taken before an earlier one. `b_letters` is a bound
 * of lb known when compiling, which saves half the work for short texts.
 */
static inline int matches_of(const uint8_t *a, int la, const uint8_t *b, int lb, int b_letters, int start, int needed,
                             uint8_t *matched, uint64_t *taken_out, uint64_t *disorder_out) {
    struct letters places = letters_load(b, lb);
    int window = (int)window_of(la, lb), found = start, spare = la - needed;
    uint64_t reach = first_bits(start + window + 1), taken = first_bits(start), disorder = 0;
    if (start > window) reach &= ~first_bits(start - window);
    for (int i = start; i < la; i++) {
        uint64_t free = letters_equal(&places, a[i], b_letters) & reach & ~taken, place = free & -free;
        disorder |= taken & -place;
        taken |= place;
        matched[found] = a[i]; /* written ahead and kept if it counts, so that nothing branches */
        found += place != 0;
        if (i - found >= spare) return -1;
        reach = reach << 1 | (i < window);
    }
    *taken_out = taken;
    *disorder_out = disorder;
    return found;
}

/* For bytes that fit one word each. Both readable SLACK bytes on. Returns 0 where
 * the limit that `needed` stands for is out of reach. */
double jaro_winkler_short(const uint8_t *a, int la, const uint8_t *b, int lb, const double *needed) {
    if (la == 0 || lb == 0) return la == lb ? 1.0 : 0.0;
    if (la > lb) {
        const uint8_t *text = a;
        int length = la;
        a = b, la = lb;
        b = text, lb = length;
    }
    int start = same_start(a, b, la), common = start < 4 ? start : 4;
    int least = matches_needed(la, lb, needed[common]);
    uint8_t matched[SHORT];
    uint64_t taken = 0, disorder = 0;
    int found = lb <= 32 ? matches_of(a, la, b, lb, 32, start, least, matched, &taken, &disorder)
                         : matches_of(a, la, b, lb, 64, start, least, matched, &taken, &disorder);
    if (found <= 0) return 0.0;
    int out_of_order = 0;
    if (disorder) {
        taken &= ~first_bits(start);
        for (int i = start; i < found; i++, taken &= taken - 1) out_of_order += matched[i] != b[__builtin_ctzll(taken)];
    }
    return boosted(jaro(found, out_of_order / 2, la, lb), common);
}

/* For code points and any length, letter by letter. `taken` has room for both. */
double jaro_winkler_any(const uint32_t *a, int64_t la, const uint32_t *b, int64_t lb, uint8_t *taken) {
    if (la == 0 || lb == 0) return la == lb ? 1.0 : 0.0;
    uint8_t *in_a = taken, *in_b = taken + la;
    for (int64_t i = 0; i < la + lb; i++) taken[i] = 0;
    int64_t window = window_of(la, lb), matches = 0;
    for (int64_t i = 0; i < la; i++) {
        int64_t end = i + window + 1 < lb ? i + window + 1 : lb;
        for (int64_t j = i > window ? i - window : 0; j < end; j++) {
            if (in_b[j] || a[i] != b[j]) continue;
            in_a[i] = in_b[j] = 1;
            matches++;
            break;
        }
    }
    if (matches == 0) return 0.0;
    int64_t out_of_order = 0;
    for (int64_t i = 0, j = 0; i < la; i++) {
        if (!in_a[i]) continue;
        while (!in_b[j]) j++;
        out_of_order += a[i] != b[j++];
    }
    int common = 0;
    while (common < 4 && common < shorter(la, lb) && a[common] == b[common]) common++;
    return boosted(jaro((double)matches, (double)(out_of_order / 2), (double)la, (double)lb), common);
}
