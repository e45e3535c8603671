#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "encoding/json.hpp"
#include "intel/selector.hpp"
#include "policy/policy.hpp"
#include "state/store.hpp"
#include "state/watched.hpp"

namespace parley::exchange {

/// Most words that are looked at in one object; an object with more cannot be judged and stays.
inline constexpr std::size_t max_text_words = 50'000;

/// The selectors that a text may be showing: words, refanged, with what stands inside a URL or an address
/// (its host, the domains above it) beside them. A wide net: what is not held anywhere is no hit.
std::vector<intel::Selector> selectors_in_text(std::string_view text);

/// Whether a word is told apart from every selector at a glance, as most words of a text are. A word that is
/// not may still be none.
bool is_plain_word(std::string_view word);

/// The STIX ids that stand in a text, in lower case, each once.
std::vector<std::string> ids_in_text(std::string_view text);

/// Looks through every text of an object, custom properties included, for selectors that this node holds or
/// keeps off limits, and for ids of such objects: outside of a property that is a reference (which is cut
/// where it may not go along) an id is as telling as a value. Remembers what it has looked up, so one scanner
/// serves a whole package.
class TextScanner {
 public:
  /// `audience` is the origin of the peer that would read the text. With `lookups`, which `reader` notes
  /// into, what was remembered is noted there too whenever it is used.
  TextScanner(const state::Reader& reader, const policy::Policy& policy, std::string audience,
              state::Lookups* lookups = nullptr)
      : reader_(&reader), policy_(&policy), audience_(std::move(audience)), lookups_(lookups) {}

  /// Hits for `object`, leaving out the selectors that the object itself carries (`own`): those are judged by
  /// the object's marking. `bad_input` when there are more than `max_text_words` words.
  Result<std::vector<policy::TextHit>> scan(const encoding::Json& object,
                                            const std::vector<intel::Selector>& own);

 private:
  Result<void> walk(const encoding::Json& value, std::string& pointer, bool is_reference,
                    std::vector<policy::TextHit>& hits);
  Result<void> look_at(std::string_view text, const std::string& pointer, std::vector<policy::TextHit>& hits);
  Result<std::optional<policy::TextHit>> judge(const intel::Selector& selector);
  Result<std::optional<policy::TextHit>> judge_id(const std::string& id);

  /// A scanner may see a whole collection, so what it remembers is bounded.
  static constexpr std::size_t max_known = 50'000;

  const state::Reader* reader_;
  const policy::Policy* policy_;
  std::string audience_;
  state::Lookups* lookups_;
  const std::vector<intel::Selector>* own_ = nullptr;
  std::size_t words_ = 0;
  std::string own_id_;
  std::unordered_map<intel::Selector, std::optional<policy::TextHit>> known_;
  struct KnownId {
    std::optional<policy::TextHit> hit;
    std::vector<state::Touch> made_from;
  };
  std::unordered_map<std::string, KnownId> known_ids_;
};

}  // namespace parley::exchange
