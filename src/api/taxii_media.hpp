#pragma once

#include <string_view>

#include "net/http_message.hpp"

namespace parley::api {

/// Whether a client that sends these Accept fields takes a TAXII 2.1 answer. Yes for every media type of the
/// specification (`application/taxii+json` with version 2.1 or none, `application/stix+json`), for
/// `application/json`, for wildcards, and without the field; a weight of 0 takes a type out.
bool accepts_taxii(const net::HttpFields& fields);

/// Whether a body of this Content-Type can be an envelope or a bundle: `application/taxii+json` with version
/// 2.1 or none, `application/stix+json` with version 2.0, 2.1 or none. Repeated or absent: no.
bool is_taxii_content(const net::HttpFields& fields);

}  // namespace parley::api
