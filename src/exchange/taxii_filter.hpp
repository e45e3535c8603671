#pragma once

#include "state/member.hpp"
#include "taxii/query.hpp"

namespace parley::exchange {

/// The members that `match[...]` of a request asks for.
state::MemberFilter member_filter(const taxii::Match& match);

}  // namespace parley::exchange
