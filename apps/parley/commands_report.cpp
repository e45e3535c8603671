#include "commands_report.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <memory>

#include "exchange/cursor.hpp"
#include "files.hpp"
#include "intel/warninglist.hpp"
#include "report/fold.hpp"
#include "report/knowledge.hpp"
#include "review/known_names.hpp"
#include "review/review.hpp"
#include "service.hpp"
#include "state/store.hpp"

namespace parley::app {

namespace {

namespace fs = std::filesystem;

/// What the store knows by name, read again when it has changed: making the matcher takes longer than most
/// reports.
class NameCache {
 public:
  Result<const review::KnownNames*> get(Service& service) {
    PARLEY_TRY(const auto reader, service.node().store().snapshot());
    if (!known_ || known_->version != review::knowledge_version(*reader)) {
      PARLEY_TRY(known_, review::load_knowledge(*reader));
    }
    return &*known_;
  }

 private:
  std::optional<review::KnownNames> known_;
};
using Names = std::shared_ptr<NameCache>;

Result<review::Selection> selection_of(const Args& args) {
  review::Selection out;
  out.all = args.flag("all");
  for (const std::string& word : args.list("only")) {
    std::size_t number = 0;
    const auto read = std::from_chars(word.data(), word.data() + word.size(), number);
    if (read.ec != std::errc() || read.ptr != word.data() + word.size())
      return fail(ErrorKind::usage, "--only takes the numbers that `report show` prints");
    out.only.push_back(number);
  }
  return out;
}

Json counted(const review::ReportRecord& record) {
  std::size_t open = 0;
  std::size_t held = 0;
  std::size_t confirmed = 0;
  std::size_t rejected = 0;
  for (const review::ReviewedFinding& one : record.findings) {
    if (one.decision == review::Decision::confirmed)
      ++confirmed;
    else if (one.decision == review::Decision::rejected)
      ++rejected;
    else
      ++(one.finding.held_back() ? held : open);
  }
  return Json::object(
      {{"open", open}, {"held_back", held}, {"confirmed", confirmed}, {"rejected", rejected}});
}

std::size_t line_of(const std::vector<std::size_t>& lines, std::size_t offset) {
  return static_cast<std::size_t>(std::ranges::upper_bound(lines, offset) - lines.begin());
}

/// Findings with their places as lines (and pages), and the words around the first.
Json findings_json(const review::ReportRecord& record, const std::string& text) {
  std::vector<std::size_t> lines{0};
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
    lines.push_back(at + 1);
  Json list = Json::array();
  for (std::size_t i = 0; i < record.findings.size(); ++i) {
    const review::ReviewedFinding& one = record.findings[i];
    Json json = Json::object({{"number", i + 1}, {"decision", review::decision_name(one.decision)}});
    const Json found = one.finding.to_json();
    for (const auto& [key, value] : *found.if_object())
      if (key != "places") json.set(key, value);
    if (!one.object.empty()) json.set("object", one.object);
    Json places = Json::array();
    for (const report::TextRange& place : one.finding.places) {
      Json where =
          Json::object({{"begin", place.begin}, {"end", place.end}, {"line", line_of(lines, place.begin)}});
      if (!record.pages.empty()) where.set("page", line_of(record.pages, place.begin));
      places.push_back(std::move(where));
    }
    json.set("places", std::move(places));
    if (!one.finding.places.empty()) {
      const report::TextRange first = one.finding.places.front();
      json.set("written", text.substr(std::min(first.begin, text.size()), first.end - first.begin));
      json.set("context", report::context_of(text, first));
    }
    list.push_back(std::move(json));
  }
  return list;
}

Json report_json(const review::ReportRecord& record, const std::string& text) {
  Json json = record.head();
  json.set("counts", counted(record));
  json.set("findings", findings_json(record, text));
  return json;
}

Result<Answer> add(Service& service, const Args& args, NameCache& names) {
  review::NewReport report;
  PARLEY_TRY(const std::string path, args.text("document"));
  PARLEY_TRY(const std::string bytes, read_file(path, 128U << 20U));
  PARLEY_TRY(report.document, document::parse_document(bytes));
  PARLEY_TRY(report.source, args.text("source"));
  PARLEY_TRY(report.kind, args.text("kind"));
  PARLEY_TRY(report.sha256, args.text("sha256"));
  report.title = args.text_or("title", "");
  report.bytes = args.number("bytes").value_or(0);
  if (args.has("tlp")) {
    report.tlp = intel::parse_tlp(args.text_or("tlp", ""));
    if (!report.tlp) return fail(ErrorKind::usage, "--tlp: clear, green, amber, amber+strict or red");
  }
  PARLEY_TRY(const review::KnownNames* known, names.get(service));
  PARLEY_TRY(const intel::WarninglistSet* lists, service.home().warninglists());
  PARLEY_TRY(const review::ReportRecord record, review::add_report(service.node(), report, *known, *lists));
  return Answer{report_json(record, report.document.text)};
}

Result<Answer> list(Service& service, const Args& args) {
  const auto limit =
      static_cast<std::size_t>(std::clamp<std::uint64_t>(args.number("limit").value_or(100), 1, 1'000));
  PARLEY_TRY(const std::string after,
             exchange::read_cursor(service.node(), args.text_or("cursor", ""), "reports"));
  PARLEY_TRY(const auto reader, service.node().store().snapshot());
  PARLEY_TRY(const Json heads, review::list_report_heads(*reader, after, limit));
  Json output = Json::object({{"reports", heads}});
  if (heads.size() == limit) {
    PARLEY_TRY(const std::string last, heads.if_array()->back().string_member("id"));
    output.set("cursor", exchange::make_cursor(service.node(), last, "reports"));
  }
  return Answer{std::move(output)};
}

Result<Answer> show(Service& service, const Args& args, NameCache& names) {
  PARLEY_TRY(const std::string id, args.text("id"));
  PARLEY_TRY(const auto reader, service.node().store().snapshot());
  PARLEY_TRY(const review::ReportRecord record, review::get_report(*reader, id));
  PARLEY_TRY(const std::string text, review::get_report_text(*reader, record.id));
  if (args.flag("text")) return Answer{Json::object({{"id", record.id}, {"text", text}})};
  if (args.flag("stix")) {
    PARLEY_TRY(const review::KnownNames* known, names.get(service));
    PARLEY_TRY(Json bundle, review::stix_candidate(service.node(), record, *known, true));
    return Answer{std::move(bundle)};
  }
  Json json = report_json(record, text);
  json.set("show_held", args.flag("held"));
  return Answer{std::move(json)};
}

Result<Answer> confirm(Service& service, const Args& args, NameCache& names) {
  PARLEY_TRY(const std::string id, args.text("id"));
  PARLEY_TRY(const review::Selection selection, selection_of(args));
  PARLEY_TRY(const review::KnownNames* known, names.get(service));
  PARLEY_TRY(const intel::WarninglistSet* lists, service.home().warninglists());
  PARLEY_TRY(const review::Confirmed done,
             review::confirm_findings(service.node(), id, selection, *known, *lists));
  Json why = Json::array();
  for (const std::string& one : done.why_kept_out) why.push_back(one);
  return Answer{Json::object({{"report", done.report},
                              {"confirmed", done.findings},
                              {"object_refs", done.objects},
                              {"without_object", done.without_object},
                              {"kept_out_of_matches", done.kept_out},
                              {"why", std::move(why)}})};
}

Result<Answer> reject(Service& service, const Args& args) {
  PARLEY_TRY(const std::string id, args.text("id"));
  PARLEY_TRY(const review::Selection selection, selection_of(args));
  PARLEY_TRY(const std::size_t changed, review::reject_findings(service.node(), id, selection));
  return Answer{Json::object({{"rejected", changed}})};
}

Result<std::vector<fs::path>> files_in(const std::vector<std::string>& paths) {
  std::vector<fs::path> out;
  for (const std::string& path : paths) {
    std::error_code code;
    if (!fs::is_directory(path, code)) {
      out.emplace_back(path);
      continue;
    }
    for (auto entry = fs::recursive_directory_iterator(path, code);
         !code && entry != fs::recursive_directory_iterator(); entry.increment(code))
      if (std::error_code ignored;  // a link that leads nowhere is no file, and no reason to stop
          entry->is_regular_file(ignored) && entry->path().extension() == ".json")
        out.push_back(entry->path());
    if (code) return fail(ErrorKind::bad_input, "cannot read the folder: " + code.message(), path);
  }
  std::ranges::sort(out);
  if (out.empty()) return fail(ErrorKind::bad_input, "there is no .json file in what was named");
  return out;
}

/// The name of a file; with that of its folder where many are called the same (machinetag.json of
/// taxonomies).
std::string knowledge_name(const fs::path& path) {
  const std::string stem = path.stem().string();
  const bool common = stem == "machinetag" || stem == "cluster" || stem == "galaxy";
  return common && path.has_parent_path() ? path.parent_path().filename().string() : stem;
}

Result<Answer> add_knowledge(Service& service, const Args& args) {
  PARLEY_TRY(const std::vector<fs::path> files, files_in(args.list("paths")));
  Json list = Json::array();
  Json rejects = Json::array();
  std::size_t things = 0;
  std::size_t tags = 0;
  for (const fs::path& path : files) {
    auto text = read_file(path.string(), report::KnowledgeLimits().max_bytes);
    Result<report::Knowledge> read =
        text ? report::read_knowledge(*text) : std::unexpected<Error>(text.error());
    if (!read) {
      rejects.push_back(Json::object({{"where", path.string()}, {"why", read.error().text()}}));
      continue;
    }
    const std::string name = knowledge_name(path);
    PARLEY_CHECK(review::put_knowledge(service.node().store(), name, *read));
    things += read->things.size();
    tags += read->tags.size();
    list.push_back(Json::object({{"name", name},
                                 {"things", read->things.size()},
                                 {"tags", read->tags.size()},
                                 {"skipped", read->skipped}}));
  }
  const bool nothing = list.size() == 0;
  return Answer{Json::object({{"files", std::move(list)},
                              {"things", things},
                              {"tags", tags},
                              {"rejected", rejects.size()},
                              {"rejects", std::move(rejects)}}),
                nothing ? exit_code(ErrorKind::bad_input) : 0};
}

Result<Answer> list_knowledge(Service& service, const Args&) {
  PARLEY_TRY(const auto reader, service.node().store().snapshot());
  PARLEY_TRY(Json files, review::list_knowledge(*reader));
  return Answer{Json::object({{"files", std::move(files)}})};
}

Result<Answer> remove_knowledge(Service& service, const Args& args) {
  PARLEY_TRY(const std::string name, args.text("name"));
  PARLEY_TRY(const bool erased, review::erase_knowledge(service.node().store(), name));
  if (!erased) return fail(ErrorKind::not_found, "no file " + name + " was read; see `knowledge list`");
  return Answer{Json::object({{"removed", name}})};
}

Result<Answer> find_knowledge(Service& service, const Args& args, NameCache& names) {
  PARLEY_TRY(const std::string name, args.text("name"));
  PARLEY_TRY(const review::KnownNames* known, names.get(service));
  Json list = Json::array();
  const std::string folded = report::fold_name(name);
  for (const report::KnownThing& thing : known->things) {
    const bool meant = thing.external_id == name || report::fold_name(thing.name) == folded ||
                       std::ranges::any_of(thing.aliases, [&](const std::string& alias) {
                         return report::fold_name(alias) == folded;
                       });
    if (!meant) continue;
    report::KnownThing shown = thing;
    shown.object.clear();
    list.push_back(shown.to_json());
  }
  Json output = Json::object({{"things", std::move(list)}});
  if (const auto meaning = review::tag_meaning(*known, name)) output.set("tag", *meaning);
  return Answer{std::move(output)};
}

}  // namespace

void add_report_commands(Service::Commands& commands) {
  const Names names = std::make_shared<NameCache>();
  const auto with_names = [names](Result<Answer> (*run)(Service&, const Args&, NameCache&)) {
    return immediate([names, run](Service& service, const Args& args) { return run(service, args, *names); });
  };
  commands["report add"] = with_names(add);
  commands["report list"] = immediate(list);
  commands["report show"] = with_names(show);
  commands["report confirm"] = with_names(confirm);
  commands["report reject"] = immediate(reject);
  commands["knowledge add"] = immediate(add_knowledge);
  commands["knowledge list"] = immediate(list_knowledge);
  commands["knowledge remove"] = immediate(remove_knowledge);
  commands["knowledge find"] = with_names(find_knowledge);
}

}  // namespace parley::app
