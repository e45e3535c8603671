#pragma once

#include <cstdint>

namespace parley::group {

/// An integer below 2^255 - 19, four words little endian.
using Words = std::uint64_t[4];

// RFC 9496 section 4.1, and the generator of section 4 in affine coordinates (RFC 7748 section 4.1).
inline constexpr Words word_one = {1, 0, 0, 0};
inline constexpr Words word_d = {0x75eb4dca135978a3, 0x00700a4d4141d8ab, 0x8cc740797779e898,
                                 0x52036cee2b6ffe73};
inline constexpr Words word_two_d = {0xebd69b9426b2f159, 0x00e0149a8283b156, 0x198e80f2eef3d130,
                                     0x2406d9dc56dffce7};
inline constexpr Words word_sqrt_m1 = {0xc4ee1b274a0ea0b0, 0x2f431806ad2fe478, 0x2b4d00993dfbd7a7,
                                       0x2b8324804fc1df0b};
inline constexpr Words word_sqrt_ad_minus_one = {0x7e97f6a0497b2e1b, 0xaf9d8e0c1b7854bd, 0x0f3cfcc931f5d1fd,
                                                 0x376931bf2b8348ac};
inline constexpr Words word_invsqrt_a_minus_d = {0x99c8fdaa805d40ea, 0x9d2f16175a4172be, 0x16c27b91fe01d840,
                                                 0x786c8905cfaffca2};
inline constexpr Words word_one_minus_d_sq = {0xe27c09c1945fc176, 0x2c81a138cd5e350f, 0x9994abddbe70dfe4,
                                              0x029072a8b2b3e0d7};
inline constexpr Words word_d_minus_one_sq = {0x31ad5aaa44ed4d20, 0xd29e4a2cb01e1999, 0x4cdcd32f529b4eeb,
                                              0x5968b37af66c2241};
inline constexpr Words word_generator_x = {0xc9562d608f25d51a, 0x692cc7609525a7b2, 0xc0a4e231fdd6dc5c,
                                           0x216936d3cd6e53fe};
inline constexpr Words word_generator_y = {0x6666666666666658, 0x6666666666666666, 0x6666666666666666,
                                           0x6666666666666666};

}  // namespace parley::group
