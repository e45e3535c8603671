// bench_warninglist LISTS… [--json]: look-ups a second on one core over warninglists as MISP publishes them.
// LISTS are files of one list each, files of many (an object or array of lists), or folders of such files.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "encoding/json.hpp"
#include "intel/warninglist.hpp"
#include "measure.hpp"

namespace parley {
namespace {

using encoding::Json;
using intel::Selector;
using intel::SelectorType;

struct Lists {
  intel::WarninglistSet set;
  std::vector<std::string> entries;
  std::vector<std::string> refused;
  double seconds = 0;  // to take them all
};

void take_list(Lists& lists, const Json& list) {
  const double start = bench::cpu_seconds();
  if (const auto added = lists.set.add(list); !added) {
    lists.refused.push_back(added.error().message);
    return;
  }
  lists.seconds += bench::cpu_seconds() - start;
  for (const Json& entry : **list.array_member("list"))
    if (const std::string* text = entry.if_string()) lists.entries.push_back(*text);
}

void take_file(Lists& lists, const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  encoding::JsonLimits limits;
  limits.max_bytes = std::size_t{256} << 20;
  const auto json = encoding::parse_json(text, limits);
  if (!json) {
    lists.refused.push_back(path.string() + ": " + json.error().text());
  } else if (const Json::Array* many = json->if_array()) {
    for (const Json& list : *many) take_list(lists, list);
  } else if (json->contains("list")) {
    take_list(lists, *json);
  } else {
    for (const auto& [name, list] : *json->if_object()) take_list(lists, list);
  }
}

/// Values that differ: half of them made from the lists' own entries, so that they hit or nearly do.
std::vector<Selector> values(const Lists& lists, SelectorType type, std::mt19937_64& random) {
  std::vector<Selector> out;
  const auto letters = [&](std::size_t count) {
    std::string text;
    while (text.size() < count) text += static_cast<char>('a' + random() % 26);
    return text;
  };
  const auto address = [&] {
    return std::to_string(random() % 223 + 1) + "." + std::to_string(random() % 256) + "." +
           std::to_string(random() % 256) + "." + std::to_string(random() % 256);
  };
  for (int tries = 0; out.size() < 50'000 && tries < 2'000'000; ++tries) {
    std::string value = random() % 2 == 0 && !lists.entries.empty()
                            ? lists.entries[random() % lists.entries.size()]
                            : letters(4 + random() % 9) + "." + letters(6 + random() % 9) + ".org";
    value = value.substr(0, value.find('/'));
    if (type == SelectorType::ipv4_addr && random() % 2 == 0) value = address();
    if (type == SelectorType::email_addr) value = letters(5 + random() % 8) + "@" + value;
    if (type == SelectorType::url) value = "https://" + value + "/" + letters(20);
    if (type == SelectorType::phone) value = "+" + std::to_string(10'000'000'000 + random() % 90'000'000'000);
    if (type == SelectorType::file_sha256) {
      value.clear();
      while (value.size() < 64) value += "0123456789abcdef"[random() % 16];
    }
    if (const auto selector = intel::canonical_selector(type, value)) out.push_back(*selector);
  }
  return out;
}

int run(int count, char** arguments) {
  Lists lists;
  for (int i = 1; i < count; ++i) {
    const std::filesystem::path path = arguments[i];
    if (path == "--json") continue;
    std::error_code code;
    if (!std::filesystem::is_directory(path, code)) {
      take_file(lists, path);
      continue;
    }
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(path))
      if (entry.path().extension() == ".json") files.push_back(entry.path());
    std::ranges::sort(files);
    for (const auto& file : files) take_file(lists, file);
  }
  if (lists.set.lists() == 0) {
    std::fprintf(stderr, "bench_warninglist LISTS… [--json]: no list could be read\n");
    return 2;
  }
  for (const std::string& why : lists.refused) std::fprintf(stderr, "refused: %s\n", why.c_str());
  const double start = bench::cpu_seconds();
  static_cast<void>(lists.set.hit({SelectorType::domain_name, "example.org"}));  // builds what is shared
  const double built = bench::cpu_seconds() - start;
  std::mt19937_64 random(1);
  Json runs = Json::array();
  std::vector<Selector> mixed;
  const auto measure = [&](std::string_view name, const std::vector<Selector>& selectors) {
    std::size_t hits = 0;
    const double nanoseconds = bench::nanoseconds_per_call(selectors.size(), [&](std::size_t i) {
      if (lists.set.hit(selectors[i])) ++hits;
    });
    runs.push_back(
        Json::object({{"case", name},
                      {"lookups_per_s", static_cast<std::uint64_t>(1e9 / nanoseconds)},
                      {"ns_per_lookup", nanoseconds},
                      {"hit_share", static_cast<double>(hits) / 9 / static_cast<double>(selectors.size())}}));
  };
  for (const SelectorType type :
       {SelectorType::ipv4_addr, SelectorType::ipv6_addr, SelectorType::domain_name, SelectorType::url,
        SelectorType::email_addr, SelectorType::file_sha256, SelectorType::phone}) {
    const std::vector<Selector> selectors = values(lists, type, random);
    if (selectors.empty()) continue;
    measure(intel::type_name(type), selectors);
    mixed.insert(mixed.end(), selectors.begin(), selectors.end());
  }
  std::ranges::shuffle(mixed, random);
  measure("all of them mixed", mixed);
  const Json out = Json::object({{"lists", lists.set.lists()},
                                 {"entries", lists.set.entries()},
                                 {"ignored_entries", lists.set.ignored_entries()},
                                 {"refused", lists.refused.size()},
                                 {"take_seconds", lists.seconds},
                                 {"build_seconds", built},
                                 {"peak_rss_bytes", bench::peak_rss_bytes()},
                                 {"runs", std::move(runs)}});
  std::printf("%s\n", encoding::write_json(out).c_str());
  return 0;
}

}  // namespace
}  // namespace parley

int main(int count, char** arguments) {
  return parley::run(count, arguments);
}
