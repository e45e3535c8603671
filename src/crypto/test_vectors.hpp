#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace parley::crypto {

/// For tests: the fields of every line of a file under tests/vectors/crypto of the source tree that begins
/// with `kind`, without that word. Lines with # are comments. Fails the test when there is none.
inline std::vector<std::vector<std::string>> read_vectors(const std::string& source_dir,
                                                          const std::string& file, const std::string& kind) {
  std::ifstream in(source_dir + "/tests/vectors/crypto/" + file);
  std::vector<std::vector<std::string>> out;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (word != kind) continue;
    std::vector<std::string> fields;
    while (words >> word) fields.push_back(word);
    out.push_back(std::move(fields));
  }
  EXPECT_FALSE(out.empty()) << file << " has no line " << kind;
  return out;
}

/// For tests: hex, with - for nothing.
inline Bytes unhex(const std::string& text) {
  if (text == "-") return {};
  auto bytes = from_hex(text);
  EXPECT_TRUE(bytes) << text;
  return std::move(*bytes);
}

template <std::size_t N>
ByteArray<N> unhex_array(const std::string& text) {
  return *to_array<N>(unhex(text));
}

}  // namespace parley::crypto
