#pragma once

// The field arithmetic lives in registers: a call that is not inlined would write vectors to memory. This
// holds in unoptimised builds too, where the attribute also keeps code of one instruction set out of
// functions that the linker might share with another.
#define PARLEY_INLINE [[gnu::always_inline]] static inline
