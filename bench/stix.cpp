// How fast STIX and MISP JSON are cut up and read, without storing: bytes a second of the file, and patterns
// a second.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <string>

#include "intel/pattern.hpp"
#include "intel/reader.hpp"

namespace {

using namespace parley;
using namespace parley::intel;

class Counter final : public ItemSink {
 public:
  Result<void> take(ImportItem&& item) override {
    benchmark::DoNotOptimize(item);
    ++items;
    return {};
  }
  std::int64_t items = 0;
};

std::string numbered(const char* format, int number) {
  char text[512];
  std::snprintf(text, sizeof text, format, number, number);
  return text;
}

/// Indicators of one value each: the smallest objects that feeds consist of.
std::string indicators(int count) {
  std::string out = R"({"type":"bundle","id":"bundle--1ed8caa7-a708-4706-b651-f1186ede6ca1","objects":[)";
  for (int i = 0; i < count; ++i)
    out +=
        (i > 0 ? "," : "") +
        numbered(
            R"({"type":"indicator","spec_version":"2.1","id":"indicator--1ed8caa7-a708-4706-b651-%012d",)"
            R"("created":"2024-01-02T03:04:05Z","modified":"2024-01-02T03:04:05Z","name":"x","valid_from":"2024-01-02T03:04:05Z",)"
            R"("pattern_type":"stix","pattern":"[domain-name:value = 'h%d.example.org']",)"
            R"("object_marking_refs":["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"]})",
            i);
  return out + "]}";
}

/// Objects with a page of text, as reports and techniques have.
std::string reports(int count) {
  std::string text;
  while (text.size() < 1500) text += "Words of a description, with a \\\"quote\\\" and a line end.\\n";
  std::string out = R"({"type":"bundle","id":"bundle--1ed8caa7-a708-4706-b651-f1186ede6ca1","objects":[)";
  for (int i = 0; i < count; ++i)
    out +=
        (i > 0 ? "," : "") +
        numbered(
            R"({"type":"report","spec_version":"2.1","id":"report--1ed8caa7-a708-4706-b651-%012d",)"
            R"("created":"2024-01-02T03:04:05Z","modified":"2024-01-02T03:04:05Z","published":"2024-01-02T03:04:05Z",)"
            R"("object_refs":["indicator--1ed8caa7-a708-4706-b651-%012d"],"description":")",
            i) +
        text + "\"}";
  return out + "]}";
}

void read_all(benchmark::State& state, const std::string& text) {
  Counter counter;
  for (auto _ : state) {
    ItemReader reader({}, counter);
    constexpr std::size_t chunk = 256U << 10U;
    for (std::size_t at = 0; at < text.size(); at += chunk)
      if (!reader.feed(as_bytes(std::string_view(text).substr(at, chunk)))) std::abort();
    if (!reader.finish()) std::abort();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(text.size()));
  state.SetItemsProcessed(counter.items);
}

void read_small_indicators(benchmark::State& state) {
  read_all(state, indicators(20'000));
}
BENCHMARK(read_small_indicators);

void read_reports(benchmark::State& state) {
  read_all(state, reports(5'000));
}
BENCHMARK(read_reports);

void read_simple_pattern(benchmark::State& state) {
  std::vector<std::string> warnings;
  for (auto _ : state)
    benchmark::DoNotOptimize(
        pattern_selectors(read_pattern("[domain-name:value = 'host.example.org']"), warnings));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(read_simple_pattern);

}  // namespace

BENCHMARK_MAIN();
