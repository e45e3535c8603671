// bench_stix_validate FILE…: objects and bytes that one core checks in a second, for bundles in memory; the
// time to parse alone (simdjson) beside it, because that is the floor.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "encoding/json_splitter.hpp"
#include "intel/json_dom.hpp"
#include "measure.hpp"
#include "stix/validator.hpp"

namespace {

using namespace parley;

/// The objects of one file, cut out.
class Objects final : public encoding::SplitSink {
 public:
  Result<void> item(const encoding::SplitPiece& piece) override {
    all.emplace_back(piece.raw);
    bytes += piece.raw.size();
    return {};
  }
  Result<void> member(const encoding::SplitPiece&) override { return {}; }
  Result<void> enter(std::string_view) override { return {}; }
  Result<void> leave(std::string_view) override { return {}; }
  Result<void> defect(const encoding::SplitDefect&) override { return {}; }

  std::vector<std::string> all;
  std::size_t bytes = 0;
};

class Count final : public stix::FindingSink {
 public:
  bool take(const stix::Finding&) override {
    ++findings;
    return true;
  }
  std::size_t findings = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: bench_stix_validate BUNDLE.json…\n");
    return 2;
  }
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    Objects objects;
    encoding::JsonSplitter splitter({"/objects/*"}, {}, objects);
    if (!splitter.feed(as_bytes(text)) || !splitter.finish() || objects.all.empty()) {
      std::fprintf(stderr, "%s: no bundle with objects\n", argv[i]);
      return 3;
    }
    Count count;
    stix::Validator validator;
    const double check = bench::nanoseconds_per_call(1, [&](std::size_t) {
      for (const std::string& raw : objects.all)
        validator.validate(raw, {.pointer = "/objects/0", .in_bundle = true}, count);
    });
    intel::JsonDom parser;
    const double parse = bench::nanoseconds_per_call(1, [&](std::size_t) {
      for (const std::string& raw : objects.all) static_cast<void>(parser.parse(raw, {}));
    });
    const auto number = static_cast<double>(objects.all.size());
    std::printf(
        "%s: %zu objects, %.0f objects/s a core, %.0f MB/s, %.1f findings an object; parsing alone %.0f "
        "objects/s\n",
        argv[i], objects.all.size(), number * 1e9 / check, static_cast<double>(objects.bytes) * 1e3 / check,
        static_cast<double>(count.findings) / 9 / number, number * 1e9 / parse);
  }
  return 0;
}
