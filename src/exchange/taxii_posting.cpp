#include "exchange/taxii_posting.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "encoding/json_splitter.hpp"
#include "exchange/importing.hpp"
#include "exchange/json_documents.hpp"
#include "exchange/taxii_rules.hpp"
#include "state/store.hpp"
#include "stix/json_fault.hpp"
#include "stix/validator.hpp"
#include "taxii/identifier.hpp"
#include "taxii/resources.hpp"
#include "taxii/timestamp.hpp"

namespace parley::exchange {

namespace {

using encoding::Json;

constexpr std::string_view status_kind = "taxii_status";
constexpr std::size_t bytes_a_step = std::size_t{1} << 20;
/// While it is not known yet whether objects come: two bytes may be an element that is none.
constexpr std::size_t bytes_of_a_doubtful_step = std::size_t{64} << 10;
/// Elements that are no objects after which nothing more is read.
constexpr std::size_t max_unread = 10'000;

/// Picks those elements of an envelope whose numbers are asked for.
class Picked final : public encoding::SplitSink {
 public:
  explicit Picked(std::map<std::size_t, std::string>& ids) : ids_(ids) {}
  Result<void> item(const encoding::SplitPiece& piece) override {
    const auto wanted = ids_.find(number_++);
    if (wanted == ids_.end()) return {};
    const Result<Json> json = encoding::parse_json(piece.raw);
    const Json* const id = json ? json->find("id") : nullptr;
    if (id != nullptr && id->is_string() && intel::is_stix_id(*id->if_string()))
      wanted->second = *id->if_string();
    return {};
  }
  Result<void> member(const encoding::SplitPiece&) override { return {}; }
  Result<void> enter(std::string_view) override { return {}; }
  Result<void> leave(std::string_view) override { return {}; }
  Result<void> defect(const encoding::SplitDefect& defect) override {
    if (defect.is_item) ++number_;
    return {};
  }

 private:
  std::map<std::size_t, std::string>& ids_;
  std::size_t number_ = 0;
};

class Posting final : public TaxiiPosting {
 public:
  Posting(Node& node, const intel::WarninglistSet& warninglists, const TaxiiCollection& collection,
          std::string caller, std::string body, std::unique_ptr<TaxiiChanges::Act> act)
      : node_(&node),
        collection_(collection),
        caller_(std::move(caller)),
        body_(std::move(body)),
        act_(std::move(act)) {
    ImportOptions options;
    options.format = intel::InputFormat::stix;
    options.tlp = collection.tlp;
    options.received_from = caller_origin(caller_);
    options.on_objects = [this](state::Transaction& transaction, const state::Source&,
                                std::span<const ImportedObject> objects) {
      return join(transaction, objects);
    };
    options.refuse = [this](std::string_view where, const intel::StixObject& object) {
      return refuse(where, object);
    };
    const auto on_reject = [this](const ImportReject& reject) {
      // What the store refuses is told where it is known by its id.
      if (reject.held_back.empty() && unread_.size() < max_unread && !told_.contains(reject.where))
        unread_.push_back(reject);
    };
    import_.emplace(node, std::move(options), warninglists, on_reject);
    status_.requested = node.clock().now();
  }

  Result<std::optional<taxii::Answer>> step() override {
    if (!begun_) {
      begun_ = true;
      PARLEY_CHECK(act_->announce());
      PARLEY_CHECK(import_->begin_file(caller_origin(caller_), "TAXII collection " + collection_.id));
      return std::optional<taxii::Answer>();
    }
    if (at_ < body_.size()) {
      const std::size_t most = told_.empty() || !unread_.empty() ? bytes_of_a_doubtful_step : bytes_a_step;
      const std::string_view chunk = std::string_view(body_).substr(at_, most);
      at_ += chunk.size();
      PARLEY_CHECK(import_->feed(as_bytes(chunk)));
      if (unread_.size() == max_unread) at_ = body_.size();
      return std::optional<taxii::Answer>();
    }
    PARLEY_CHECK(import_->end_file());
    PARLEY_TRY(const ImportReport report, import_->finish());
    if (told_.empty()) {
      PARLEY_CHECK(act_->drop());
      return unreadable(report);
    }
    tell_unread();
    PARLEY_TRY(const std::string text, keep_status());
    return std::optional(taxii::json_answer(202, text));
  }

 private:
  Result<void> join(state::Transaction& transaction, std::span<const ImportedObject> objects) {
    std::vector<state::NewMember> members;
    for (const ImportedObject& one : objects) {
      const state::NewObject& object = *one.object;
      std::string version;
      if (const Result<Timestamp> time = parse_time(object.version))
        version = taxii::format_timestamp(*time);
      else if (one.created)
        version = taxii::format_timestamp(*one.created);
      told_.emplace(caller_origin(caller_) + " " + std::string(one.where));
      if (one.outcome->kind == state::Outcome::Kind::rejected) {
        status_.failures.push_back({object.id, std::move(version), one.outcome->why});
        continue;
      }
      members.push_back(member_of(one));
      act_->added(object.id, object.raw);
      status_.successes.push_back({object.id, std::move(version), ""});
    }
    PARLEY_CHECK(transaction.add_members(collection_.id, members, node_->clock().now()));
    return {};
  }

  /// What STIX says an object must be is asked of every one: who reads it here relies on it.
  std::optional<std::string> refuse(std::string_view where, const intel::StixObject& object) {
    // One object, or a list of them, is no envelope, though a file may be so.
    if (!where.starts_with("/objects/")) return "an envelope has its objects under \"objects\"";
    struct FirstError final : stix::FindingSink {
      std::string text;
      bool take(const stix::Finding& finding) override {
        if (finding.severity() != stix::Severity::error) return true;
        text = finding.pointer() + ": " + finding.message();
        return false;
      }
    } first;
    // An object without `spec_version` is one of STIX 2.0, as in a bundle.
    stix::ObjectPlace place;
    place.in_bundle = true;
    if (validator_.validate(object.raw, place, first).errors == 0 && first.text.empty()) return std::nullopt;
    told_.emplace(caller_origin(caller_) + " " + std::string(where));
    const Result<Timestamp> version = parse_time(object.version);
    status_.failures.push_back({object.id, version ? taxii::format_timestamp(*version) : "", first.text});
    return first.text;
  }

  /// What could not be read as an object is told by the id that it shows all the same, or by its place.
  void tell_unread() {
    if (unread_.empty()) return;
    std::map<std::size_t, std::string> ids;
    for (const ImportReject& reject : unread_)
      if (const auto number = element_of(place_of(reject))) ids.try_emplace(*number);
    Picked picked(ids);
    encoding::JsonSplitter splitter({"/objects/*"}, {}, picked);
    static_cast<void>(splitter.feed(as_bytes(body_)));  // its sink never fails
    for (const ImportReject& reject : unread_) {
      const std::string place = place_of(reject);
      const auto number = element_of(place);
      const std::string id = number ? ids[*number] : std::string();
      status_.failures.push_back({id.empty() ? place : id, "", reject.why});
    }
    if (unread_.size() == max_unread)
      status_.failures.push_back(
          {"/objects", "", "too many of its elements are no objects; the rest was not read"});
  }

  /// Of "NAME /objects/3/modified (byte 4711)" what follows the name.
  static std::string place_of(const ImportReject& reject) {
    const std::size_t at = reject.where.find(" /");
    return at == std::string::npos ? reject.where : reject.where.substr(at + 1);
  }
  static std::optional<std::size_t> element_of(std::string_view place) {
    constexpr std::string_view objects = "/objects/";
    std::size_t number = 0;
    if (!place.starts_with(objects) ||
        std::from_chars(place.data() + objects.size(), place.data() + place.size(), number).ec != std::errc())
      return std::nullopt;
    return number;
  }

  /// Nothing of it was an object that could be told by an id.
  std::optional<taxii::Answer> unreadable(const ImportReport& report) const {
    const std::size_t first = body_.find_first_not_of(" \t\r\n");
    if (first == std::string::npos || body_[first] != '{')
      return taxii::error_answer(400, "The body is no envelope",
                                 "It must be one JSON object with \"objects\"");
    constexpr std::size_t depth_of_an_envelope = 2;
    if (const auto fault = stix::find_json_fault(body_, intel::StixLimits().max_depth + depth_of_an_envelope))
      return taxii::error_answer(400, "The body is no JSON",
                                 (fault->pointer.empty() ? fault->why : fault->pointer + ": " + fault->why));
    std::string why = "The envelope has no objects";
    if (report.found > 0 && !unread_.empty()) why = place_of(unread_.front()) + ": " + unread_.front().why;
    return taxii::error_answer(422, "Nothing of it is a STIX object", why);
  }

  Result<std::string> keep_status() {
    status_.id = taxii::make_identifier(node_->entropy());
    std::string text = taxii::to_json(status_);
    Json kept = Json::object({{"root", collection_.root},
                              {"caller", caller_},
                              {"requested", format_time(status_.requested)},
                              {"status", text}});
    if (encoding::write_json(kept).size() > state::max_document_bytes) {
      // Too many to keep one by one: the counts stay, and what failed.
      PARLEY_TRY(Json brief, encoding::parse_json(text));
      brief.erase("successes");
      kept.set("status", encoding::write_json(brief));
    }
    act_->failed(status_.failures.size());
    const Bytes document = to_bytes(encoding::write_json(kept));
    PARLEY_CHECK(state::write(
        node_->store(), state::Durability::synced, [&](state::Transaction& transaction) -> Result<void> {
          PARLEY_CHECK(
              transaction.put_document({status_kind, status_.id}, document, state::DocumentVersion(0)));
          return act_->finish(transaction);
        }));
    return text;
  }

  Node* node_;
  TaxiiCollection collection_;
  std::string caller_;
  std::string body_;
  std::unique_ptr<TaxiiChanges::Act> act_;
  std::optional<Import> import_;
  taxii::Status status_;
  stix::Validator validator_;
  std::vector<ImportReject> unread_;
  std::set<std::string, std::less<>> told_;  // places of objects that have an id
  bool begun_ = false;
  std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<TaxiiPosting> make_posting(Node& node, const intel::WarninglistSet& warninglists,
                                           const TaxiiCollection& collection, std::string caller,
                                           std::string body, std::unique_ptr<TaxiiChanges::Act> act) {
  return std::make_unique<Posting>(node, warninglists, collection, std::move(caller), std::move(body),
                                   std::move(act));
}

Result<std::string> find_status(const state::Reader& reader, std::string_view root, std::string_view caller,
                                std::string_view id, Timestamp now) {
  const auto none = [] { return fail(ErrorKind::not_found, "there is no such status"); };
  PARLEY_TRY(const auto document, reader.get_document({status_kind, id}));
  if (!document) return none();
  PARLEY_TRY(const Json json, encoding::parse_json(as_text(document->body)));
  PARLEY_TRY(const std::string of_root, json.string_member("root"));
  PARLEY_TRY(const std::string of_caller, json.string_member("caller"));
  PARLEY_TRY(const Timestamp requested, time_member(json, "requested"));
  if (of_root != root || of_caller != caller || requested + status_kept_for < now) return none();
  return json.string_member("status");
}

Result<void> forget_statuses(Node& node) {
  constexpr std::size_t at_once = 100;
  PARLEY_TRY(const auto reader, node.store().snapshot());
  std::vector<std::string> old;
  std::string after;
  for (;;) {
    PARLEY_TRY(const std::vector<state::Document> page, reader->list_documents(status_kind, after, at_once));
    for (const state::Document& document : page) {
      after = document.id;
      PARLEY_TRY(const Json json, encoding::parse_json(as_text(document.body)));
      PARLEY_TRY(const Timestamp requested, time_member(json, "requested"));
      if (requested + status_kept_for < node.clock().now()) old.push_back(document.id);
    }
    if (page.size() < at_once) break;
  }
  if (old.empty()) return {};
  return state::write(node.store(), state::Durability::buffered,
                      [&](state::Transaction& transaction) -> Result<void> {
                        for (const std::string& id : old)
                          PARLEY_CHECK(transaction.erase_document({status_kind, id}));
                        return {};
                      });
}

}  // namespace parley::exchange
