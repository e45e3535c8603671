#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "encoding/csv.hpp"
#include "intel/selector.hpp"
#include "intel/warninglist.hpp"

// Canonical values, list lines, warninglist look-ups and CSV on one core. Items a second are what counts.
namespace {

using namespace parley;
using namespace parley::intel;

/// Values that differ, so that branches and caches see something like a list.
std::vector<std::string> values_of(SelectorType type) {
  std::vector<std::string> values;
  for (unsigned i = 0; i < 4096; ++i) {
    const unsigned x = i * 2654435761U;
    switch (type) {
      case SelectorType::ipv4_addr:
        values.push_back("198.51." + std::to_string(x >> 24) + "." + std::to_string(x >> 16 & 0xFF));
        break;
      case SelectorType::domain_name:
        values.push_back("Host-" + std::to_string(x % 9973) + ".sub" + std::to_string(i % 7) +
                         ".example.org");
        break;
      case SelectorType::file_sha256: {
        std::string hash;
        for (int k = 0; k < 64; ++k) hash.push_back("0123456789ABCDEF"[(x >> k % 29) & 0xF]);
        values.push_back(hash);
        break;
      }
      default:
        values.push_back("HTTP://www.example.org:80/path/" + std::to_string(x) +
                         "/../index.php?id=" + std::to_string(i));
    }
  }
  return values;
}

void canonical(benchmark::State& state, SelectorType type) {
  const auto values = values_of(type);
  std::string out;
  std::size_t i = 0;
  for (auto _ : state) {
    const auto done = canonical_value(type, values[i++ % values.size()], out);
    benchmark::DoNotOptimize(done.has_value());
  }
  state.SetItemsProcessed(state.iterations());
}

void line(benchmark::State& state, SelectorType type) {
  const auto values = values_of(type);
  std::size_t i = 0;
  for (auto _ : state) {
    auto selector = guess_selector(values[i++ % values.size()]);
    benchmark::DoNotOptimize(selector);
  }
  state.SetItemsProcessed(state.iterations());
}

void warninglists(benchmark::State& state, SelectorType type) {
  WarninglistSet lists;
  encoding::Json names{encoding::Json::Array{}};
  encoding::Json ranges{encoding::Json::Array{}};
  for (unsigned i = 0; i < 20000; ++i) {
    names.push_back("site" + std::to_string(i) + ".example");
    ranges.push_back("203." + std::to_string(i >> 8 & 0xFF) + "." + std::to_string(i & 0xFF) + ".0/" +
                     std::to_string(18 + i % 15));
  }
  const bool added =
      lists.add(encoding::Json::object({{"name", "n"}, {"type", "hostname"}, {"list", names}})) &&
      lists.add(encoding::Json::object({{"name", "r"}, {"type", "cidr"}, {"list", ranges}}));
  if (!added) return state.SkipWithError("the lists were refused");
  std::vector<Selector> selectors;
  for (const std::string& value : values_of(type))
    selectors.push_back(canonical_selector(type, value).value());
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(lists.hit(selectors[i++ % selectors.size()]).has_value());
  state.SetItemsProcessed(state.iterations());
}

void csv(benchmark::State& state) {
  std::string text;
  for (int i = 0; i < 10000; ++i) {
    encoding::append_csv_row(text, {"192.0.2." + std::to_string(i % 256), "ip-dst", "2026-01-02T03:04:05Z",
                                    i % 8 == 0 ? "seen, \"twice\"" : "seen"});
  }
  for (auto _ : state) {
    encoding::CsvReader reader;
    encoding::CsvRow row;
    reader.feed(text);
    reader.finish();
    for (;;) {
      const auto got = reader.next(row);
      if (got && !*got) break;
    }
    benchmark::DoNotOptimize(row.line);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

BENCHMARK_CAPTURE(canonical, ipv4, SelectorType::ipv4_addr);
BENCHMARK_CAPTURE(canonical, domain, SelectorType::domain_name);
BENCHMARK_CAPTURE(canonical, sha256, SelectorType::file_sha256);
BENCHMARK_CAPTURE(canonical, url, SelectorType::url);
BENCHMARK_CAPTURE(line, ipv4, SelectorType::ipv4_addr);
BENCHMARK_CAPTURE(line, domain, SelectorType::domain_name);
BENCHMARK_CAPTURE(line, sha256, SelectorType::file_sha256);
BENCHMARK_CAPTURE(line, url, SelectorType::url);
BENCHMARK_CAPTURE(warninglists, ipv4, SelectorType::ipv4_addr);
BENCHMARK_CAPTURE(warninglists, domain, SelectorType::domain_name);
BENCHMARK_CAPTURE(warninglists, url, SelectorType::url);
BENCHMARK(csv);

}  // namespace

BENCHMARK_MAIN();
