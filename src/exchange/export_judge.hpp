#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "exchange/exporting.hpp"
#include "exchange/text_scan.hpp"
#include "intel/stix.hpp"
#include "state/store.hpp"

namespace parley::exchange {

/// What of one snapshot may be in an export, item by item, and as what bytes.
///
/// For a peer the rules are asked as for a release, about each object with all that it names and about each
/// value as the observable that says it. For own use nothing is asked but that there are rules at all; what
/// is held back is what would be less guarded in the copy than it is here: what a peer gave (its provenance
/// is not in its bytes), and markings that no bytes can say.
class ExportJudge {
 public:
  static Result<std::unique_ptr<ExportJudge>> make(Node& node, const ExportQuestion& question);

  policy::Decision act() const;
  const policy::Policy& policy() const { return policy_; }
  std::string audience() const;
  const state::Reader& reader() const { return *reader_; }
  const std::shared_ptr<const state::Reader>& shared_reader() const { return reader_; }
  /// What is asked for the peer; nothing for own use.
  const std::optional<policy::Question>& question() const { return question_; }
  bool is_for_peer() const { return question_.has_value(); }

  /// Something that may leave, or why not.
  struct Verdict {
    std::optional<std::string> bytes;
    std::string rule;
  };
  /// A content of an object. `rule` "not-stix" for what is held in another form.
  Result<Verdict> object(const state::StoredContent& content);

  /// A value over those holdings that count here, or why not.
  struct Value {
    std::optional<state::SelectorSummary> held;
    std::string rule;
    bool has_object = false;  ///< a STIX object of the store says it, among others
  };
  Result<Value> value(const state::SelectorSummary& summary, bool look_at_objects);

 private:
  ExportJudge(policy::Policy policy, std::shared_ptr<const state::Reader> reader)
      : policy_(std::move(policy)), reader_(std::move(reader)) {}
  Result<Verdict> own_object(const state::StoredObject& object);
  Result<Verdict> peer_object(const state::StoredContent& content);
  /// Asks for the peer; with its text unless it is only named.
  Result<policy::Decision> decide(const intel::StixObject& object, const encoding::Json& json, bool with_text,
                                  policy::Question& question);
  Result<bool> may_name(const std::string& id);
  Result<std::optional<std::string>> denial(const state::SelectorSummary& held);
  std::optional<intel::Marking> meaning(const std::string& id);

  policy::Policy policy_;
  std::shared_ptr<const state::Reader> reader_;
  std::optional<policy::Question> question_;  // for a peer
  std::optional<TextScanner> scanner_;
  intel::StixReader parser_;
  std::map<std::string, std::optional<intel::Marking>, std::less<>> meanings_;
  std::unordered_map<std::string, bool> named_;  // ids that references may name
};

}  // namespace parley::exchange
