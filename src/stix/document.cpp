#include "stix/document.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "encoding/json_text.hpp"
#include "stix/json_fault.hpp"

namespace parley::stix {
namespace {

using encoding::SplitDefect;
using encoding::SplitPiece;

std::uint64_t mix(std::string_view a, std::string_view b) {
  const std::hash<std::string_view> hash;
  return hash(a) * 0x9E37'79B9'7F4A'7C15U ^ (hash(b) + 0x517C'C1B7'2722'0A95U);
}

/// The head of a bundle without its objects, to be checked like any object.
constexpr std::size_t max_head_bytes = 1U << 20U;
/// Defects of a text of which nothing was read yet.
constexpr std::size_t max_waiting = 20;

}  // namespace

struct DocumentValidator::State final : encoding::SplitSink {
  State(ValidateOptions options, FindingSink& findings, const DocumentLimits& bounds)
      : interop(options.interop),
        validator(std::move(options)),
        sink(findings),
        limits(bounds),
        splitter(
            {"/objects/*", "/*"},
            encoding::SplitLimits{.max_item_bytes = bounds.max_object_bytes, .max_depth = bounds.max_depth},
            *this) {}

  void count(const ObjectVerdict& found) {
    verdict.errors += found.errors;
    verdict.warnings += found.warnings;
    verdict.coded_warnings += found.coded_warnings;
    if (found.version == Version::v20) ++verdict.objects_20;
  }

  void report(Rule rule, std::string_view pointer, std::string_view id, std::string_view word) {
    const RuleFacts& facts = rule_facts(rule);
    ++(facts.severity == Severity::error ? verdict.errors : verdict.warnings);
    if (facts.severity == Severity::warning && facts.code != 0) ++verdict.coded_warnings;
    sink.take({.rule = rule,
               .code = facts.code,
               .base = pointer,
               .id = id,
               .path = {},
               .a = word,
               .b = {},
               .c = {}});
  }

  Result<void> item(const SplitPiece& piece) override {
    ++verdict.objects;
    const ObjectPlace place{
        .pointer = piece.pointer, .in_bundle = in_objects, .bundle_version = bundle_version};
    const ObjectVerdict& found = validator.validate(piece.raw, place, sink);
    count(found);
    if (found.errors > 0) ++verdict.invalid_objects;
    any_read = any_read || found.readable;
    if (in_objects) remember(piece.pointer, found);
    return {};
  }

  /// Duplicates and creators: STIX 2.1 section 3.6, and the interoperability profile.
  void remember(const std::string& pointer, const ObjectVerdict& object) {
    if (!object.id.empty() && !object.modified.empty() && versions.size() < limits.max_remembered &&
        !versions.insert(mix(object.id, object.modified)).second)
      report(Rule::duplicate_id, pointer, object.id, object.id);
    if (!interop) return;
    if (object.type == "identity" && creators.size() < limits.max_remembered)
      creators[object.id] = !object.created_by.empty();
    else if (object.type != "identity" && named.size() < limits.max_remembered && !object.created_by.empty())
      named.try_emplace(object.created_by, pointer);
  }

  Result<void> member(const SplitPiece& piece) override {
    if (piece.pointer == "/spec_version" && piece.raw == "\"2.0\"") bundle_version = Version::v20;
    if (head.size() + piece.raw.size() > max_head_bytes || piece.pointer.empty()) return {};
    head += head.empty() ? "{" : ",";
    std::string name;
    for (std::size_t i = 1; i < piece.pointer.size(); ++i) {  // RFC 6901 section 4, backwards
      const char c = piece.pointer[i];
      if (c == '~' && i + 1 < piece.pointer.size())
        name += piece.pointer[++i] == '1' ? '/' : '~';
      else
        name += c;
    }
    encoding::append_json_string(head, name);
    head += ':';
    head += piece.raw;
    return {};
  }

  Result<void> enter(std::string_view pointer) override {
    if (pointer == "/objects") in_objects = has_objects = true;
    return {};
  }
  Result<void> leave(std::string_view pointer) override {
    if (pointer == "/objects") in_objects = false;
    return {};
  }
  Result<void> defect(const SplitDefect& defect) override {
    if (defect.is_item) {
      ++verdict.objects;
      ++verdict.invalid_objects;
    }
    damaged = true;
    begins_wrong = begins_wrong || defect.offset < 2;
    std::string why = defect.why;
    why += " (byte " + std::to_string(defect.offset) + ")";
    // While nothing but a single object was seen it may yet be read whole, which tells more of its faults.
    if (!has_objects && verdict.objects == 0 && waiting.size() < max_waiting)
      waiting.emplace_back(defect.pointer, std::move(why));
    else
      report(Rule::not_json, defect.pointer, {}, why);
    return {};
  }

  void report_waiting() {
    // That it is another kind of file says it all.
    if (const std::string_view foreign = foreign_start(start); begins_wrong && !foreign.empty()) {
      report(Rule::not_json, {}, {}, "this is " + std::string(foreign));
      return waiting.clear();
    }
    for (const auto& [pointer, why] : waiting) report(Rule::not_json, pointer, {}, why);
    waiting.clear();
  }

  Result<void> whole(const SplitPiece& piece) override {
    verdict.objects = 1;
    const ObjectVerdict& found = validator.validate(piece.raw, {}, sink);
    count(found);
    verdict.invalid_objects = found.errors > 0 ? 1 : 0;
    verdict.is_bundle = found.type == "bundle";
    if (verdict.is_bundle) verdict.objects = verdict.invalid_objects = 0;  // it holds none
    any_read = found.readable;
    if (found.errors > 0) waiting.clear();
    return {};
  }

  void finish() {
    static_cast<void>(splitter.finish());
    report_waiting();
    if (has_objects) {
      head += head.empty() ? "{}" : "}";
      const ObjectVerdict& found = validator.validate(head, {.pointer = {}, .objects_apart = true}, sink);
      count(found);
      if (verdict.objects == 0) report(Rule::bundle_objects, "/objects", {}, {});
      verdict.is_bundle = true;
      any_read = any_read || (found.readable && !damaged);
    }
    for (const auto& [creator, pointer] : named) {
      const auto entry = creators.find(creator);
      if (entry == creators.end() || !entry->second) report(Rule::interop_created_by, pointer, {}, creator);
    }
    if (!any_read && verdict.errors == 0)
      report(Rule::not_json, {}, {}, "the list is empty, and a STIX object or bundle was expected");
    verdict.readable = any_read;
  }

  bool interop;
  Validator validator;
  FindingSink& sink;
  DocumentLimits limits;
  DocumentVerdict verdict;
  std::optional<Version> bundle_version;
  std::string head;
  std::string start;                                         // the first bytes of the file
  std::vector<std::pair<std::string, std::string>> waiting;  // defects: pointer and reason
  bool in_objects = false;
  bool has_objects = false;
  bool damaged = false;
  bool begins_wrong = false;
  bool any_read = false;
  std::unordered_set<std::uint64_t> versions;
  std::unordered_map<std::string, bool> creators;      // identity -> whether it names its own creator
  std::unordered_map<std::string, std::string> named;  // created_by_ref -> where it was first named
  encoding::JsonSplitter splitter;
};

DocumentValidator::DocumentValidator(ValidateOptions options, FindingSink& sink, const DocumentLimits& limits)
    : state_(std::make_unique<State>(std::move(options), sink, limits)) {}
DocumentValidator::~DocumentValidator() = default;
DocumentValidator::DocumentValidator(DocumentValidator&&) noexcept = default;
DocumentValidator& DocumentValidator::operator=(DocumentValidator&&) noexcept = default;

void DocumentValidator::feed(BytesView chunk) {
  constexpr std::size_t told_from = 8;
  if (state_->start.size() < told_from)
    state_->start += as_text(chunk.first(std::min(chunk.size(), told_from - state_->start.size())));
  static_cast<void>(state_->splitter.feed(chunk));  // its sink never fails
}

const DocumentVerdict& DocumentValidator::finish() {
  state_->finish();
  return state_->verdict;
}

}  // namespace parley::stix
