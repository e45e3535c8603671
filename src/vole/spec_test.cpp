// The tables of docs/spec/vole.md, recomputed: the page and the program say the same.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "crypto/hash.hpp"
#include "vole/layout.hpp"
#include "vole/session_fixture.hpp"

namespace parley::vole {
namespace {

/// The rows "| `name` | `value` |" below a heading; several values are joined by a blank.
std::map<std::string, std::string> table(const std::string& heading) {
  std::ifstream in(std::string(PARLEY_SOURCE_DIR) + "/docs/spec/vole.md");
  std::map<std::string, std::string> out;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("## ")) inside = line == "## " + heading;
    if (!inside || !line.starts_with("| `")) continue;
    std::vector<std::string> cells;
    for (std::size_t at = 0; (at = line.find('`', at)) != std::string::npos;) {
      const std::size_t end = line.find('`', at + 1);
      cells.push_back(line.substr(at + 1, end - at - 1));
      at = end + 1;
    }
    for (std::size_t i = 1; i < cells.size(); ++i) out[cells[0]] += (i > 1 ? " " : "") + cells[i];
  }
  return out;
}

std::string hex(block::Block value) {
  return to_hex(block::bytes_of({&value, 1}));
}

TEST(Specification, works_its_example) {
  TestSession session(test_parameters(3));
  ASSERT_TRUE(session.run());
  std::map<std::string, std::string> computed;
  const char* names[] = {"hello", "correlation", "trees", "check", "confirm"};
  for (std::size_t i = 0; i < session.sent.size(); ++i)
    computed[names[i]] = to_hex(crypto::sha256(session.sent[i].body));
  computed["delta"] = hex(session.sender.delta());
  const auto a = session.receiver.take_a();
  const auto c = session.receiver.take_c();
  const auto b = session.sender.take_b();
  for (std::size_t i = 0; i < 3; ++i) {
    computed["A[" + std::to_string(i) + "]"] = hex(a[i]);
    computed["B[" + std::to_string(i) + "]"] = hex(b[i]);
    computed["C[" + std::to_string(i) + "]"] = hex(c[i]);
  }
  EXPECT_EQ(table("Worked example"), computed);
}

TEST(Specification, lists_the_bytes_of_messages) {
  std::map<std::string, std::string> computed;
  for (const auto& [name, code] :
       {std::pair("ExConv7x24", Code::ex_conv_7x24), std::pair("ExConv21x24", Code::ex_conv_21x24)}) {
    for (const std::uint64_t count : {std::uint64_t{1}, std::uint64_t{1} << 10, std::uint64_t{1} << 16,
                                      std::uint64_t{1} << 20, max_count}) {
      const auto parameters = test_parameters(count, code);
      const Layout layout(parameters);
      std::uint64_t sum = 0;
      std::ostringstream row;
      row << layout.noise << ' ' << layout.domain << ' ' << layout.depth << ' ' << layout.words;
      for (std::uint8_t type = 1; type <= 5; ++type) {
        const std::uint64_t bytes = message_bytes(static_cast<VoleMessage>(type), parameters);
        sum += bytes;
        if (type == 2 || type == 3) row << ' ' << bytes;
      }
      row << ' ' << sum;
      computed[std::string(name) + " " + std::to_string(count)] = row.str();
    }
  }
  EXPECT_EQ(table("Sizes"), computed);
}

}  // namespace
}  // namespace parley::vole
