#include "crypto/hash.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "crypto/keccak.hpp"
#include "crypto/test_vectors.hpp"

namespace parley::crypto {
namespace {

Bytes range(int first, int last) {
  Bytes out;
  for (int i = first; i <= last; ++i) out.push_back(static_cast<std::uint8_t>(i));
  return out;
}

// The example messages of FIPS 180-4.
TEST(Hash, gives_the_values_of_the_standard) {
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha512(as_bytes("abc"))),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
  EXPECT_EQ(to_hex(sha1(as_bytes("abc"))), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST(Keccak, is_the_hash_that_ethereum_uses) {
  EXPECT_EQ(to_hex(keccak256({})), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
  EXPECT_EQ(to_hex(keccak256(as_bytes("abc"))),
            "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
  EXPECT_EQ(to_hex(keccak256(Bytes(136, 'a'))),  // one whole block
            "a6c4d403279fe3e0af03729caada8374b5ca54d8065329a3ebcaeb4b60aa386e");
}

TEST(Hash, of_pieces_is_the_hash_of_the_whole) {
  Bytes message(1000);
  for (std::size_t i = 0; i < message.size(); ++i) message[i] = static_cast<std::uint8_t>(i * 7);
  Sha256 small;
  Sha512 large;
  for (std::size_t at = 0; at < message.size(); at += 13) {
    const BytesView piece = BytesView(message).subspan(at, std::min<std::size_t>(13, message.size() - at));
    small.update(piece);
    large.update(piece);
  }
  EXPECT_EQ(small.peek(), sha256(message));
  EXPECT_EQ(small.peek(), sha256(message));
  EXPECT_EQ(small.finish(), sha256(message));
  EXPECT_EQ(large.finish(), sha512(message));
  // After finish both start afresh.
  EXPECT_EQ(small.update("abc").finish(), sha256(as_bytes("abc")));
  EXPECT_EQ(large.update("abc").finish(), sha512(as_bytes("abc")));
}

TEST(Hash, works_in_several_threads_at_once) {
  const Hash256 expected = sha256(as_bytes("abc"));
  bool right[4] = {};
  {
    std::vector<std::jthread> threads;
    for (bool& ok : right)
      threads.emplace_back([&] {
        ok = true;
        for (int i = 0; i < 500; ++i) ok = ok && sha256(as_bytes("abc")) == expected;
      });
  }
  for (const bool ok : right) EXPECT_TRUE(ok);
}

// RFC 4231 test cases 1, 2 and 6.
TEST(Hmac, gives_the_values_of_rfc_4231) {
  EXPECT_EQ(to_hex(hmac_sha256(Bytes(20, 0x0b), as_bytes("Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(to_hex(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(to_hex(hmac_sha256(Bytes(131, 0xaa),
                               as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

// RFC 5869 test cases 1 to 3.
TEST(Hkdf, gives_the_values_of_rfc_5869) {
  EXPECT_EQ(to_hex(hkdf_sha256(Bytes(22, 0x0b), range(0x00, 0x0c), range(0xf0, 0xf9), 42)),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  EXPECT_EQ(to_hex(hkdf_sha256(range(0x00, 0x4f), range(0x60, 0xaf), range(0xb0, 0xff), 82)),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
            "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
  EXPECT_EQ(to_hex(hkdf_sha256(Bytes(22, 0x0b), {}, {}, 42)),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(Hkdf, gives_up_to_255_hashes) {
  const Bytes all = hkdf_sha256(as_bytes("key"), {}, {}, std::size_t{255} * 32);
  EXPECT_EQ(all.size(), 8160U);
  const Bytes less = hkdf_sha256(as_bytes("key"), {}, {}, 100);
  EXPECT_TRUE(std::equal(less.begin(), less.end(), all.begin()));
  EXPECT_TRUE(hkdf_sha256(as_bytes("key"), {}, {}, 0).empty());
}

}  // namespace
}  // namespace parley::crypto
