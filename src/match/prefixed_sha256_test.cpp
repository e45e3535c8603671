#include "match/prefixed_sha256.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "crypto/hash.hpp"

namespace parley::match {
namespace {

// Every length around the ends of blocks, longer ones, and any number of messages at a time.
TEST(PrefixedSha256, is_the_libraries_sha256_on_every_path) {
  std::mt19937_64 random(3);
  PrefixedSha256::Prefix prefix;
  for (auto& byte : prefix) byte = static_cast<std::uint8_t>(random());
  std::vector<Bytes> messages;
  for (std::size_t size = 0; size < 400; ++size) messages.emplace_back(size);
  for (int i = 0; i < 600; ++i) messages.emplace_back(random() % 70);
  messages.emplace_back(16384);
  std::shuffle(messages.begin(), messages.end(), random);
  for (Bytes& message : messages)
    for (auto& byte : message) byte = static_cast<std::uint8_t>(random());
  const std::vector<BytesView> views(messages.begin(), messages.end());
  for (const block::Path path : block::available_paths()) {
    const PrefixedSha256 hash(prefix, path);
    for (std::size_t at = 0, count = 0; at < views.size(); at += count, ++count) {
      count = std::min(count, views.size() - at);
      std::vector<block::Block> out(count);
      hash.hash(std::span(views).subspan(at, count), out);
      for (std::size_t i = 0; i < count; ++i) {
        const auto expected = crypto::Sha256().update(BytesView(prefix)).update(views[at + i]).finish();
        ASSERT_EQ(out[i], block::load(expected.data()))
            << block::name_of(path) << " " << views[at + i].size();
      }
    }
  }
}

}  // namespace
}  // namespace parley::match
