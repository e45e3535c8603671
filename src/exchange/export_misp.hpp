#pragma once

#include <memory>
#include <string>

#include "base/time.hpp"
#include "exchange/export_judge.hpp"

namespace parley::exchange {

/// MISP events in one JSON document: those that are held, part by part as the rules and their distribution
/// let them go (`workflow:state="incomplete"` tells that something was held back); then events of this node's
/// own with an attribute for each value that came in another form. `organisation` and `organisation_uuid` are
/// the author of those. An event goes to a peer as it would to a connected instance: from distribution 2 on.
std::unique_ptr<ExportContent> make_misp_export(std::unique_ptr<ExportJudge> judge,
                                                const ExportQuestion& question, std::string organisation,
                                                std::string organisation_uuid, Timestamp now);

}  // namespace parley::exchange
