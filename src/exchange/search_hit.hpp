#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "exchange/search.hpp"
#include "intel/index_terms.hpp"
#include "state/store.hpp"

namespace parley::exchange {

/// A query brought into the form in which candidates are asked.
struct SearchTest {
  SearchQuery query;
  std::optional<intel::Selector> exact;
  std::optional<state::Scope> scope;
  std::string prefix;
  std::vector<state::TextTerm> terms;
  std::set<std::int64_t> sources;  ///< of `query.sources`

  /// Whether a value is of the type and in the place that is asked for.
  bool wants(const intel::Selector& selector) const;
};

/// Makes hits of candidates, over one reader. Nothing for what the query does not want.
class HitMaker {
 public:
  HitMaker(const state::Reader& reader, const SearchTest& test, const DecayModels& models,
           intel::TermReader& terms, Timestamp now)
      : reader_(reader), test_(test), models_(models), terms_(terms), now_(now) {}

  Result<std::optional<SearchHit>> of_value(const intel::Selector& selector);
  Result<std::optional<SearchHit>> of_content(state::ContentKey key);

 private:
  struct Held;
  Result<std::string> source_name(state::SourceId id);
  Result<bool> add_holdings(const intel::Selector& selector, state::ObjectKey only, SearchHit& hit,
                            std::set<std::string>& sources, bool& wanted);
  bool wants_rest(const SearchHit& hit) const;

  const state::Reader& reader_;
  const SearchTest& test_;
  const DecayModels& models_;
  intel::TermReader& terms_;
  Timestamp now_;
  std::map<std::int64_t, std::string> names_;
};

/// The prefix of values as they are stored.
std::string stored_prefix(intel::SelectorType type, const std::string& prefix);

}  // namespace parley::exchange
