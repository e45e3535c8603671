#include "review/report_record.hpp"

#include <algorithm>
#include <array>

#include "crypto/hash.hpp"
#include "state/store.hpp"

namespace parley::review {
namespace {

using encoding::Json;

constexpr std::string_view heads = "report";
constexpr std::string_view pages = "report-findings";
constexpr std::string_view texts = "report-text";
constexpr std::string_view files = "report-file";
constexpr std::size_t findings_of_page = 1'000;
constexpr std::size_t bytes_of_text = 8U << 20U;
constexpr std::string_view prefix = "report--";

constexpr std::array decisions = std::to_array<std::string_view>({"open", "confirmed", "rejected"});

std::string part_id(std::string_view id, std::size_t number) {
  return std::string(id) + "/" + std::to_string(10'000 + number).substr(1);
}

std::string text_of(const Json& json, std::string_view key) {
  const Json* const value = json.find(key);
  return value != nullptr && value->is_string() ? *value->if_string() : std::string();
}

std::string file_id(std::string_view sha256, std::string_view source) {
  return to_hex(crypto::sha256(as_bytes(std::string(sha256) + "|" + std::string(source))));
}

Result<void> put(state::Transaction& transaction, state::DocumentKey key, std::string_view body) {
  PARLEY_TRY(const auto before, transaction.get_document(key));
  if (before && as_text(before->body) == body) return {};
  PARLEY_CHECK(
      transaction.put_document(key, as_bytes(body), before ? before->version : state::DocumentVersion(0)));
  return {};
}

Result<ReportRecord> read_head(const Json& json) {
  ReportRecord out;
  PARLEY_TRY(out.id, json.string_member("id"));
  out.title = text_of(json, "title");
  out.source = text_of(json, "source");
  out.kind = text_of(json, "kind");
  out.sha256 = text_of(json, "sha256");
  PARLEY_TRY(out.bytes, json.uint_member("bytes"));
  if (json.contains("tlp")) out.tlp = intel::parse_tlp(text_of(json, "tlp"));
  out.added = text_of(json, "added");
  out.created = text_of(json, "created");
  out.modified = text_of(json, "modified");
  if (json.contains("warnings")) {
    PARLEY_TRY(out.warnings, json.strings_member("warnings"));
  }
  if (const Json* const list = json.find("pages"); list != nullptr && list->is_array())
    for (const Json& page : *list->if_array())
      out.pages.push_back(static_cast<std::size_t>(page.uint_value().value_or(0)));
  return out;
}

Result<ReviewedFinding> read_finding(const Json& json) {
  ReviewedFinding out;
  PARLEY_TRY(out.finding, report::Finding::from_json(json));
  const auto decision = std::ranges::find(decisions, text_of(json, "decision"));
  if (decision != decisions.end()) out.decision = static_cast<Decision>(decision - decisions.begin());
  out.object = text_of(json, "object");
  return out;
}

/// The whole id: exact, or the only one that begins so.
Result<std::string> whole_id(const state::Reader& reader, std::string_view id) {
  std::string begin(id.starts_with(prefix) ? "" : prefix);
  begin += id;
  PARLEY_TRY(const auto exact, reader.get_document({heads, begin}));
  if (exact) return begin;
  // Ids in their order: the first behind what is one smaller than every id that begins so.
  std::string before = begin;
  if (!before.empty()) before.back() = static_cast<char>(before.back() - 1);
  before += '\x7f';
  PARLEY_TRY(const std::vector<state::Document> found, reader.list_documents(heads, before, 2));
  if (found.empty() || id.empty() || !found[0].id.starts_with(begin))
    return fail(ErrorKind::not_found, "there is no report " + std::string(id.substr(0, 64)));
  if (found.size() > 1 && found[1].id.starts_with(begin))
    return fail(ErrorKind::usage, "several reports begin with " + std::string(id.substr(0, 64)));
  return found[0].id;
}

}  // namespace

std::string_view decision_name(Decision decision) {
  return decisions[static_cast<std::size_t>(decision)];
}

Json ReportRecord::head() const {
  Json json = Json::object({{"id", id},
                            {"title", title},
                            {"source", source},
                            {"kind", kind},
                            {"sha256", sha256},
                            {"bytes", bytes},
                            {"added", added}});
  if (tlp) json.set("tlp", intel::tlp_name(*tlp));
  if (!created.empty()) {
    json.set("created", created);
    json.set("modified", modified);
  }
  Json list = Json::array();
  for (const std::string& one : warnings) list.push_back(one);
  json.set("warnings", std::move(list));
  if (!pages.empty()) {
    Json offsets = Json::array();
    for (const std::size_t page : pages) offsets.push_back(page);
    json.set("pages", std::move(offsets));
  }
  return json;
}

Result<void> update_report(state::Transaction& transaction, const ReportRecord& record) {
  Json head = record.head();
  std::size_t count = 0;
  std::size_t held = 0;
  std::array<std::size_t, 3> by_decision{};
  std::string body;
  std::size_t page = 0;
  for (const ReviewedFinding& one : record.findings) {
    Json json = one.finding.to_json();
    json.set("decision", decision_name(one.decision));
    if (!one.object.empty()) json.set("object", one.object);
    body += body.empty() ? "[" : ",";
    body += encoding::write_json(json);
    ++by_decision[static_cast<std::size_t>(one.decision)];
    held += one.finding.held_back() && one.decision == Decision::open ? 1U : 0U;
    ++count;
    if (count % findings_of_page == 0 || count == record.findings.size()) {
      PARLEY_CHECK(put(transaction, {pages, part_id(record.id, page++)}, body + "]"));
      body.clear();
    }
  }
  head.set("findings", count);
  head.set("open", by_decision[0]);
  head.set("held_back", held);
  head.set("confirmed", by_decision[1]);
  head.set("rejected", by_decision[2]);
  return put(transaction, {heads, record.id}, encoding::write_json(head));
}

Result<void> put_report(state::Transaction& transaction, const ReportRecord& record, std::string_view text) {
  PARLEY_TRY(const auto taken, transaction.get_document({heads, record.id}));
  if (taken) return fail(ErrorKind::conflict, "there is a report " + record.id);
  for (std::size_t i = 0; i * bytes_of_text < text.size(); ++i)
    PARLEY_CHECK(
        put(transaction, {texts, part_id(record.id, i)}, text.substr(i * bytes_of_text, bytes_of_text)));
  PARLEY_CHECK(put(transaction, {files, file_id(record.sha256, record.source)}, record.id));
  return update_report(transaction, record);
}

Result<ReportRecord> get_report(const state::Reader& reader, std::string_view id) {
  PARLEY_TRY(const std::string whole, whole_id(reader, id));
  PARLEY_TRY(const auto head, reader.get_document({heads, whole}));
  PARLEY_TRY(const Json json, encoding::parse_json(as_text(head->body)));
  PARLEY_TRY(ReportRecord out, read_head(json));
  PARLEY_TRY(const std::uint64_t count, json.uint_member("findings"));
  for (std::size_t page = 0; out.findings.size() < count; ++page) {
    PARLEY_TRY(const auto body, reader.get_document({pages, part_id(whole, page)}));
    if (!body) return fail(ErrorKind::internal, "findings of the report " + whole + " are missing");
    PARLEY_TRY(const Json list, encoding::parse_json(as_text(body->body)));
    if (!list.is_array() || list.size() == 0)
      return fail(ErrorKind::internal, "findings of " + whole + " are damaged");
    for (const Json& one : *list.if_array()) {
      PARLEY_TRY(ReviewedFinding finding, read_finding(one));
      out.findings.push_back(std::move(finding));
    }
  }
  return out;
}

Result<std::string> get_report_text(const state::Reader& reader, std::string_view id) {
  PARLEY_TRY(const std::string whole, whole_id(reader, id));
  std::string out;
  for (std::size_t i = 0;; ++i) {
    PARLEY_TRY(const auto part, reader.get_document({texts, part_id(whole, i)}));
    if (!part) return out;
    out += as_text(part->body);
  }
}

Result<Json> list_report_heads(const state::Reader& reader, std::string_view after, std::size_t limit) {
  PARLEY_TRY(const std::vector<state::Document> found, reader.list_documents(heads, after, limit));
  Json out = Json::array();
  for (const state::Document& one : found) {
    PARLEY_TRY(Json json, encoding::parse_json(as_text(one.body)));
    out.push_back(std::move(json));
  }
  return out;
}

Result<std::optional<std::string>> find_report(const state::Reader& reader, std::string_view sha256,
                                               std::string_view source) {
  const std::string id = file_id(sha256, source);
  PARLEY_TRY(const auto found, reader.get_document({files, id}));
  if (!found) return std::optional<std::string>();
  return std::optional<std::string>(as_text(found->body));
}

}  // namespace parley::review
