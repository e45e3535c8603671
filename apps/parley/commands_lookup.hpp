#pragma once

#include <string>

#include "service.hpp"

namespace parley::app {

/// An officer's answer about a set for look-ups; with the last one that it needs, the set is built.
void submit_lookup_approval(Service& service, const std::string& answer, const Service::Reply& reply);

}  // namespace parley::app
