#pragma once

#include "net/later.hpp"
#include "service.hpp"

namespace parley::app {

/// What a node that serves does by itself: at its start it asks each active peer what that has seen of its
/// ledger, so that a home that was set back to an older copy is found out before it does anything; every hour
/// it destroys what is due. Begun and ended on the node thread; the service must outlive it.
class Housekeeping {
 public:
  explicit Housekeeping(Service& service) : service_(service), later_(service.loop()) {}
  void begin();
  void end() { later_.forget(); }

 private:
  void ask_heads();
  void tidy();

  Service& service_;
  net::Later later_;
};

}  // namespace parley::app
