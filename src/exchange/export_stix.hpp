#pragma once

#include <memory>

#include "exchange/export_judge.hpp"

namespace parley::exchange {

/// A STIX bundle: every version of every object, byte for byte where its bytes say how it is held, in the
/// order in which the store got them; then, as observables, the values that no STIX object of the store says
/// (of plain lists, of MISP attributes).
std::unique_ptr<ExportContent> make_stix_export(std::unique_ptr<ExportJudge> judge,
                                                const ExportQuestion& question);

}  // namespace parley::exchange
