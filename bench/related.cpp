// What lies within some steps of an object: CPU milliseconds a question over whole bundles in a store on
// disk.
//   bench_related BUNDLE.json… [--steps N] [--json]
// Asks for every malware, intrusion set, tool, campaign and attack pattern of the bundles in turn.
#include <fmt/format.h>

#include <time.h>
#include <unistd.h>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "encoding/json.hpp"
#include "exchange/related.hpp"
#include "intel/stix.hpp"
#include "state_sqlite/sqlite_store.hpp"

namespace {

using namespace parley;

[[noreturn]] void stop(const std::string& why) {
  fmt::print(stderr, "bench_related: {}\n", why);
  std::exit(1);
}

template <class T>
T take(Result<T> result) {
  if (!result) stop(result.error().text());
  return std::move(*result);
}

/// Of this thread: what others do on the machine does not count.
double cpu_milliseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

bool is_asked(std::string_view type) {
  return type == "malware" || type == "intrusion-set" || type == "tool" || type == "campaign" ||
         type == "attack-pattern";
}

std::vector<std::string> load(state::Store& store, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) stop("cannot read " + path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const encoding::Json bundle = take(encoding::parse_json(text, {.max_bytes = 1U << 30U}));
  std::vector<std::string> asked;
  std::vector<state::NewObject> objects;
  for (const encoding::Json& one : *take(bundle.array_member("objects"))) {
    intel::StixObject object = take(intel::read_stix_object(encoding::write_json(one)));
    state::NewObject stored;
    stored.id = object.id;
    stored.type = object.type;
    stored.version = object.version;
    stored.raw = std::move(object.raw);
    for (const intel::StixReference& reference : object.refs)
      stored.references.push_back({reference.property, reference.id});
    if (is_asked(stored.type)) asked.push_back(stored.id);
    objects.push_back(std::move(stored));
  }
  const auto written =
      state::write(store, state::Durability::synced, [&](state::Transaction& t) -> Result<void> {
        PARLEY_TRY(const state::SourceId source,
                   t.add_source({.name = path, .kind = "file", .path = {}, .sha256 = {}, .imported_at = {}}));
        for (state::NewObject& object : objects) object.source = source;
        PARLEY_CHECK(t.put_objects(objects));
        return {};
      });
  if (!written) stop(written.error().text());
  return asked;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> bundles;
  std::size_t steps = 2;
  bool json = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--json")
      json = true;
    else if (argument == "--steps" && i + 1 < argc)
      steps = static_cast<std::size_t>(std::atoi(argv[++i]));
    else
      bundles.emplace_back(argument);
  }
  if (bundles.empty()) stop("name the bundles");
  const std::string folder = fmt::format("/tmp/bench_related.{}", ::getpid());
  std::filesystem::create_directory(folder);
  std::vector<double> milliseconds;
  std::vector<std::size_t> found;
  {
    const auto store = take(state_sqlite::open(folder + "/state.sqlite"));
    std::vector<std::string> asked;
    for (const std::string& path : bundles)
      for (std::string& id : load(*store, path)) asked.push_back(std::move(id));
    const auto reader = take(store->snapshot());
    for (const std::string& id : asked) {
      const double begin = cpu_milliseconds();
      const exchange::Related related =
          take(exchange::find_related(*reader, {.start = {id}, .steps = steps}));
      milliseconds.push_back(cpu_milliseconds() - begin);
      found.push_back(related.objects.size() - 1);
    }
  }
  std::filesystem::remove_all(folder);
  std::ranges::sort(milliseconds);
  std::ranges::sort(found);
  const std::size_t last = milliseconds.size() - 1;
  if (json)
    fmt::print(
        R"({{"runs":[{{"case":"steps={}","questions":{},"median_ms":{:.3f},"p99_ms":{:.3f},"max_ms":{:.3f},)"
        R"("median_objects":{},"max_objects":{}}}]}})"
        "\n",
        steps, milliseconds.size(), milliseconds[last / 2], milliseconds[last * 99 / 100], milliseconds[last],
        found[last / 2], found[last]);
  else
    fmt::print(
        "{} questions, {} steps: median {:.3f} ms, p99 {:.3f} ms, longest {:.3f} ms; objects found: median "
        "{}, most {}\n",
        milliseconds.size(), steps, milliseconds[last / 2], milliseconds[last * 99 / 100], milliseconds[last],
        found[last / 2], found[last]);
  return 0;
}
