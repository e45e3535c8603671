#pragma once

#include "exchange/search.hpp"
#include "service.hpp"

namespace parley::app {

/// Whether the arguments ask for more than one value, one id or the objects of one type.
bool asks_search(const Args& args);
Result<exchange::SearchQuery> search_query(const Args& args);

std::string marking_text(state::MarkingCode code);
Json hit_json(const exchange::SearchHit& hit);
Json score_json(const exchange::Score& score);

}  // namespace parley::app
