// How fast STIX patterns are parsed, written, checked, compiled and matched.
//   bench_pattern            patterns as reports and feeds have them
//   PATTERNS=file bench_pattern   and those of a file, one a line
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "encoding/json.hpp"
#include "pattern/check.hpp"
#include "pattern/matcher.hpp"
#include "pattern/parser.hpp"

namespace {

using namespace parley;
using namespace parley::pattern;

/// Shapes that most indicators have: one value, one hash, some of them joined, an expression over time.
std::vector<std::string> made_patterns() {
  const std::string hash(64, 'a');
  return {
      "[domain-name:value = 'host.example.org']",
      "[file:hashes.'SHA-256' = '" + hash + "']",
      "[ipv4-addr:value = '192.0.2.17']",
      "[url:value = 'https://www.example.org/a/path?with=query']",
      "[file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e' OR file:hashes.'SHA-256' = '" + hash + "']",
      "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '198.51.100.3' AND "
      "network-traffic:dst_port = 443]",
      "[process:command_line MATCHES '^.+ -enc [A-Za-z0-9+/=]{20,}$'] FOLLOWEDBY [file:name LIKE '%.exe' AND "
      "file:parent_directory_ref.path = 'C:\\\\Windows\\\\Temp'] WITHIN 300 SECONDS"};
}

std::vector<std::string> patterns() {
  const char* const path = std::getenv("PATTERNS");
  if (path == nullptr) return made_patterns();
  std::vector<std::string> out;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (!line.empty()) out.push_back(line);
  return out;
}

void parse(benchmark::State& state) {
  const std::vector<std::string> all = patterns();
  Pattern parsed;
  std::int64_t bytes = 0;
  std::int64_t refused = 0;
  for (auto _ : state)
    for (const std::string& text : all) {
      refused += parse_pattern(text, parsed) ? 1 : 0;
      bytes += static_cast<std::int64_t>(text.size());
    }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(all.size()));
  state.SetBytesProcessed(bytes);
  state.counters["refused"] = static_cast<double>(refused) / static_cast<double>(state.iterations());
}
BENCHMARK(parse);

void check(benchmark::State& state) {
  const std::vector<std::string> all = patterns();
  Pattern parsed;
  for (auto _ : state)
    for (const std::string& text : all)
      if (!parse_pattern(text, parsed)) benchmark::DoNotOptimize(check_pattern(parsed));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(all.size()));
}
BENCHMARK(check);

void write(benchmark::State& state) {
  const std::vector<std::string> all = patterns();
  Pattern parsed;
  for (auto _ : state)
    for (const std::string& text : all)
      if (!parse_pattern(text, parsed)) benchmark::DoNotOptimize(write_pattern(parsed));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(all.size()));
}
BENCHMARK(write);

/// Connections a second apart, one in a hundred to the port that the patterns ask for.
encoding::Json traffic(int count) {
  encoding::Json::Array list;
  for (int i = 0; i < count; ++i) {
    char time[32];
    std::snprintf(time, sizeof time, "2024-01-01T%02d:%02d:%02dZ", i / 3600 % 24, i / 60 % 60, i % 60);
    encoding::Json objects = encoding::Json::object(
        {{"0", encoding::Json::object({{"type", "network-traffic"},
                                       {"dst_ref", "1"},
                                       {"dst_port", i % 100 == 0 ? 4444 : 443},
                                       {"protocols", encoding::Json::array({"ipv4", "tcp"})}})},
         {"1", encoding::Json::object(
                   {{"type", "ipv4-addr"}, {"value", "198.51.100." + std::to_string(i % 250)}})}});
    list.push_back(encoding::Json::object({{"type", "observed-data"},
                                           {"first_observed", time},
                                           {"last_observed", time},
                                           {"number_observed", 1},
                                           {"objects", std::move(objects)}}));
  }
  return encoding::Json(std::move(list));
}

/// Observations a second that one pattern is matched against.
void match(benchmark::State& state, const char* text) {
  const encoding::Json data = traffic(10'000);
  const Observations observations = *Observations::read(data);
  const Pattern parsed = *parse_pattern(text);
  const Matcher matcher = *Matcher::compile(parsed);
  bool found = false;
  for (auto _ : state) {
    const Result<Match> result = matcher.match(observations);
    if (!result) return state.SkipWithError("refused");
    found = result->found;
  }
  state.SetItemsProcessed(state.iterations() * 10'000);
  state.counters["found"] = found ? 1 : 0;
}
BENCHMARK_CAPTURE(match, equality, "[network-traffic:dst_ref.value = '192.0.2.1']");
BENCHMARK_CAPTURE(match, subset, "[network-traffic:dst_ref.value ISSUBSET '203.0.113.0/24']");
BENCHMARK_CAPTURE(match, regex, "[network-traffic:dst_ref.value MATCHES '^203\\\\.0\\\\.']");
BENCHMARK_CAPTURE(match, repeats_within,
                  "[network-traffic:dst_port = 4444] REPEATS 5 TIMES WITHIN 300 SECONDS");
BENCHMARK_CAPTURE(
    match, followed_by,
    "([network-traffic:dst_port = 4444] FOLLOWEDBY [network-traffic:dst_ref.value = '198.51.100.7']) "
    "WITHIN 60 SECONDS");
BENCHMARK_CAPTURE(
    match, competing,
    "([network-traffic:dst_port = 4444] FOLLOWEDBY [network-traffic:dst_port = 4444] FOLLOWEDBY "
    "[network-traffic:dst_port = 4444]) WITHIN 150 SECONDS");

}  // namespace

BENCHMARK_MAIN();
