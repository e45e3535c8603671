#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "client/taxii_text.hpp"
#include "client/url.hpp"

namespace parley::client {

/// Where a collection was found.
struct Place {
  Url api_root;    ///< ends in a slash
  Url collection;  ///< ends in a slash
  CollectionResource about;
  std::uint64_t max_content_length = 0;  ///< 0: the server does not say
};

/// Finds one collection from a URL that may be a server's discovery, an API root, a collection, or the
/// objects of one. Asks for one resource after the other; everything stays on the URL's own origin, because
/// our credentials are for that one.
class Finder {
 public:
  /// `wanted`: id, title or alias; empty when the URL or the server leaves no choice. `api_root`: URL, path
  /// or last segment of the root to take.
  Finder(Url start, std::string wanted, std::string api_root);

  /// What to GET next; nothing once `place` is known.
  std::optional<Url> next() const { return asking_; }
  /// The answer to it. Errors: `not_found` with what there is, `usage` when the choice is not clear, `peer`
  /// for refusals, `bad_input` for what is no TAXII.
  Result<void> take(const net::HttpsAnswer& answer);

  const Place& place() const { return place_; }
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  enum class Stage { start, fallback, root, collections, collection, done };
  Result<void> take_start(const net::HttpsAnswer& answer);
  Result<void> take_discovery(const RootResource& resource);
  void take_root(const RootResource& resource);
  Result<void> take_collections(const net::HttpsAnswer& answer);
  Result<void> take_collection(const net::HttpsAnswer& answer);
  Result<void> next_root();
  bool is_wanted_root(const Url& root) const;
  void ask(Stage stage, Url url);
  void warn(std::string text);

  Url start_;
  std::string wanted_;
  std::string wanted_root_;
  Stage stage_ = Stage::start;
  std::optional<Url> asking_;
  std::deque<Url> roots_;
  bool direct_ = false;  // the URL names the collection
  Place place_;
  std::vector<std::string> offered_;  // "title (id)", for whoever must choose
  std::vector<std::pair<Place, CollectionResource>> readable_;
  std::vector<std::string> warnings_;
};

}  // namespace parley::client
