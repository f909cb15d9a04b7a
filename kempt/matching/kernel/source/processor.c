/* Whether this processor has the instructions of the fast build: the plain build is asked before that is loaded.
 *
 * Asked by cpuid itself, since not every compiler's own way works inside a shared library. The bits are those of
 * Intel's Software Developer's Manual, volume 2, CPUID.
 */
#include "kernel.h"

#if defined(__x86_64__)
#include <cpuid.h>

enum { POPCNT = 1 << 23, OSXSAVE = 1 << 27, AVX = 1 << 28 }; /* leaf 1, ecx */
enum { BMI1 = 1 << 3, AVX2 = 1 << 5, BMI2 = 1 << 8, ALL_7 = BMI1 | AVX2 | BMI2 }; /* leaf 7, ebx */

/* Whether the system saves the wide registers when it switches threads. */
static bool wide_registers_kept(void) {
    uint32_t low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (low & 6) == 6;
}

EXPORT int kernel_fast_build_runs(void) {
    uint32_t a, b, c, d;
    uint32_t needed = POPCNT | OSXSAVE | AVX;
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & needed) != needed || !wide_registers_kept()) return 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & ALL_7) == ALL_7;
}

#else

EXPORT int kernel_fast_build_runs(void) { return 0; }

#endif
