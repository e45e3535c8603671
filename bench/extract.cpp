// bench_extract [--json] [FILE…]: how fast values and names are found in text on one core (in files of your
// own as well), and how well, counted over the labelled reports of tests/vectors/reports. Numbers are told,
// not judged.
#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "report/findings.hpp"

namespace {

using namespace parley;
namespace fs = std::filesystem;

const fs::path root = PARLEY_SOURCE_DIR;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

std::vector<fs::path> files_in(const fs::path& folder, const std::set<std::string>& endings) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(folder))
    if (endings.contains(entry.path().extension().string()) && entry.path().filename() != "README.md")
      out.push_back(entry.path());
  std::ranges::sort(out);
  return out;
}

/// Text of at least so many bytes, made by repeating.
std::string repeated(const std::string& text, std::size_t bytes) {
  std::string out;
  while (out.size() < bytes) out += text;
  return out;
}

/// Best of several runs, in megabytes (10^6 bytes) a second of processor time: other programs do not count.
template <class Work>
double speed(const std::string& text, Work&& work) {
  double best = 0;
  for (int run = 0; run < 3; ++run) {
    const std::clock_t begin = std::clock();
    work(text);
    const double spent = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    best = std::max(best, static_cast<double>(text.size()) / 1e6 / spent);
  }
  return best;
}

struct Score {
  std::size_t right = 0;
  std::size_t wrong = 0;
  std::size_t missed = 0;
  double precision() const {
    return right + wrong == 0 ? 1 : static_cast<double>(right) / static_cast<double>(right + wrong);
  }
  double recall() const {
    return right + missed == 0 ? 1 : static_cast<double>(right) / static_cast<double>(right + missed);
  }
};

void count(Score& score, const std::set<std::string>& found, const std::set<std::string>& wanted, bool tell) {
  for (const std::string& one : found) {
    const bool right = wanted.contains(one);
    ++(right ? score.right : score.wrong);
    if (!right && tell) fmt::print("  wrong: {}\n", one);
  }
  for (const std::string& one : wanted) {
    if (found.contains(one)) continue;
    ++score.missed;
    if (tell) fmt::print("  missed: {}\n", one);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bool json = argc > 1 && std::strcmp(argv[1], "--json") == 0;
  std::vector<report::KnownThing> things;
  for (const fs::path& path : files_in(root / "data/samples/knowledge", {".json"})) {
    auto knowledge = report::read_knowledge(read(path));
    if (knowledge)
      for (report::KnownThing& thing : knowledge->things) things.push_back(std::move(thing));
  }
  const report::NameMatcher matcher(things);

  Score values;
  Score names;
  std::string all;
  std::size_t reports = 0;
  for (const fs::path& path : files_in(root / "tests/vectors/reports", {".txt", ".md"})) {
    const std::string text = read(path);
    all += text + "\n";
    ++reports;
    std::set<std::string> found_values;
    std::set<std::string> found_names;
    for (const report::Finding& one : report::find_all(text, {}, &matcher, things)) {
      if (one.held_back()) continue;
      if (one.selector)
        found_values.insert(std::string(intel::type_name(one.selector->type)) + " " + one.selector->value);
      else
        found_names.insert("name:" + std::string(report::name_kind_name(one.thing->kind)) + " " +
                           one.thing->name);
    }
    std::set<std::string> wanted_values;
    std::set<std::string> wanted_names;
    std::istringstream labels(read(fs::path(path).replace_extension(".tsv")));
    for (std::string line; std::getline(labels, line);) {
      std::ranges::replace(line, '\t', ' ');
      (line.starts_with("name:") ? wanted_names : wanted_values).insert(line);
    }
    if (!json) fmt::print("{}\n", path.filename().string());
    count(values, found_values, wanted_values, !json);
    count(names, found_names, wanted_names, !json);
  }

  // Prose has few anchors; a report some; an appendix nothing else.
  const std::string prose = repeated(
      "The intruders came in over a mail server that nobody had patched for months. They moved on to the "
      "file servers, "
      "took what they found and left a note. Nobody noticed for eleven days, although the logs, which were "
      "kept on "
      "another machine (in another building), showed it well enough: 4,096 failed logins, then one that was "
      "not.\n",
      4U << 20U);
  const std::string mixed = repeated(all, 4U << 20U);
  const std::string dense = repeated(read(root / "tests/vectors/reports/appendix.txt"), 4U << 20U);
  const auto extract = [](const std::string& text) {
    report::ExtractOptions options;
    options.max_candidates = 100'000'000;
    if (report::extract(text, options).size() == 1) std::abort();
  };
  const auto find = [&](const std::string& text) {
    if (matcher.find(text).size() == 1) std::abort();
  };
  const double prose_speed = speed(prose, extract);
  const double mixed_speed = speed(mixed, extract);
  const double dense_speed = speed(dense, extract);
  const double names_speed = speed(mixed, find);
  const double names_prose = speed(prose, find);
  std::string files;
  for (int i = json ? 2 : 1; i < argc; ++i) {
    const std::string text = read(argv[i]);
    const double one = text.empty() ? 0 : speed(repeated(text, 4U << 20U), extract);
    const std::string name = fs::path(argv[i]).filename().string();
    if (json)
      files += fmt::format("{}\"{}\":{:.1f}", files.empty() ? "" : ",", name, one);
    else
      files += fmt::format("values in {} {:.0f} MB/s\n", name, one);
  }
  if (json) {
    fmt::print(
        "{{\"extract_mb_s\":{{\"prose\":{:.1f},\"reports\":{:.1f},\"indicators_alone\":{:.1f}}},"
        "\"names_mb_s\":{{\"prose\":{:.1f},\"reports\":{:.1f}}},\"names\":{},\"labelled\":{},"
        "\"values\":{{\"precision\":{:.4f},\"recall\":{:.4f},\"labels\":{}}},"
        "\"names_found\":{{\"precision\":{:.4f},\"recall\":{:.4f},\"labels\":{}}},\"files_mb_s\":{{{}}}}}\n",
        prose_speed, mixed_speed, dense_speed, names_prose, names_speed, matcher.names(), reports,
        values.precision(), values.recall(), values.right + values.missed, names.precision(), names.recall(),
        names.right + names.missed, files);
    return 0;
  }
  fmt::print("values  precision {:.3f}  recall {:.3f}  ({} labels, {} reports)\n", values.precision(),
             values.recall(), values.right + values.missed, reports);
  fmt::print("names   precision {:.3f}  recall {:.3f}  ({} labels, {} names known)\n", names.precision(),
             names.recall(), names.right + names.missed, matcher.names());
  fmt::print("values in prose {:.0f} MB/s, in reports {:.0f} MB/s, in indicators alone {:.0f} MB/s\n",
             prose_speed, mixed_speed, dense_speed);
  fmt::print("names in prose {:.0f} MB/s, in reports {:.0f} MB/s\n{}", names_prose, names_speed, files);
  return 0;
}
